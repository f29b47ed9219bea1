import { fileURLToPath } from 'node:url';

/** Deep enough to get through the pool and the database to who called them. */
const FRAMES = 24;
const KEPT_LINES = 8;
const FRAME = /^\s*at (?:async )?(?:.*\()?((?:file:\/\/)?[^()]+):(\d+):\d+\)?$/;

/** Code that takes connections on behalf of others. */
const OURS = ['../', '../../platform/database/'].map((path) => fileURLToPath(new URL(path, import.meta.url)));

/** Where in the code a connection was taken. */
export interface CheckoutSite {
  /** file:line of the first frame that is neither the pool nor a library. */
  readonly at: string;
  /** That frame and its callers, nearest first. */
  readonly stack: readonly string[];
}

/**
 * The caller, as text: a stack that is not yet text refers to functions and their variables, and what it refers to would
 * never be found unreachable. Costs some microseconds.
 */
export function captureSite(above: (...args: never[]) => unknown): CheckoutSite {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = FRAMES;
  const trace: { stack?: string } = {};
  Error.captureStackTrace(trace, above);
  Error.stackTraceLimit = limit;
  return siteOf(trace.stack ?? '');
}

/** The first frame of `stack` outside of libraries and of this code. */
export function siteOf(stack: string): CheckoutSite {
  const lines = stack.split('\n').slice(1);
  const frames = lines.flatMap((line) => {
    const [, path, row] = FRAME.exec(line) ?? [];
    return path === undefined || path.startsWith('node:') ? [] : [{ path: shortened(path), row, line }];
  });
  const foreign = frames.filter(({ path }) => !path.includes('node_modules/'));
  const first = foreign.find(({ path }) => !isOurs(path)) ?? foreign[0] ?? frames[0];
  if (first === undefined) return { at: 'unknown', stack: [] };
  const from = frames.indexOf(first);
  const kept = frames.slice(from, from + KEPT_LINES);
  return { at: `${first.path}:${first.row}`, stack: kept.map(({ line }) => line.trim()) };
}

function shortened(path: string): string {
  const plain = path.startsWith('file://') ? fileURLToPath(path) : path;
  const root = `${process.cwd()}/`;
  return plain.startsWith(root) ? plain.slice(root.length) : plain;
}

function isOurs(path: string): boolean {
  if (/\.(int-|e2e-)?spec\.ts$/.test(path)) return false;
  return OURS.some(
    (directory) => `${process.cwd()}/${path}`.startsWith(directory) || path.startsWith(directory),
  );
}
