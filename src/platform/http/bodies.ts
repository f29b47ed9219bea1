import type { Request, RequestHandler } from 'express';
import type { Clock } from '../../kernel/clock.js';
import { readBytes } from './body-bytes.js';
import { BytesInFlight, type HeldBytes } from './bytes-in-flight.js';
import {
  BodyTimeoutError,
  BodyTooLargeError,
  type HttpError,
  UnsupportedEncodingError,
  UnsupportedMediaTypeError,
} from './errors.js';
import { parseJson } from './json-text.js';
import type { SenderCheck } from './sender-check.js';

/** A limit of its own for the routes under one path. */
export interface BodyLimit {
  /** Lower case, without a slash at the end. */
  readonly path: string;
  readonly maxBytes: number;
}

/** What bodies may be. */
export interface BodyRules {
  readonly maxBytes: number;
  readonly limits: readonly BodyLimit[];
  readonly deadlineMs: number;
  /** Routes that take CSV as a stream; lower case, without a slash at the end. */
  readonly csvPaths: readonly string[];
  /** Routes that take NDJSON as a stream, written alike; undefined: all do. */
  readonly ndjsonPaths?: readonly string[];
}

/** Media types of NDJSON, the most common first. */
export const STREAM_TYPES: ReadonlySet<string> = new Set([
  'application/x-ndjson',
  'application/ndjson',
  'application/jsonl',
]);
/** Taken by the routes under `csvPaths` alone. */
const CSV_TYPE = 'text/csv';
const JSON_TYPE = /^application\/(json|[\w.-]+\+json)$/;

const UTF_8 = /^(utf-?8|us-ascii)$/i;

/** How long an answered client may go on sending before it is cut off; its bytes are thrown away. */
const LINGER_MS = 2_000;

/** So many bodies of the largest size may be worked on at once; of smaller ones accordingly more. */
const LARGEST_BODIES_AT_ONCE = 8;

/** What the reading of bodies works with. */
export interface BodyTools {
  readonly clock: Clock;
  readonly senders: SenderCheck;
}

/**
 * Reads JSON bodies into `request.body`; leaves NDJSON unread, as a stream for its handler; refuses the
 * rest. The body of a sender without a genuine key is not read at all, so that the guard's 401 is the answer
 * and costs nothing. A JSON body must arrive whole within the deadline: Node's own bound is off, because it
 * would cut streams as well.
 */
export function readBodies(rules: BodyRules, { clock, senders }: BodyTools): RequestHandler {
  const largestBytes = Math.max(rules.maxBytes, ...rules.limits.map(({ maxBytes }) => maxBytes));
  const inFlight = new BytesInFlight(LARGEST_BODIES_AT_ONCE * largestBytes);
  const receive = async (request: Request, held: HeldBytes): Promise<void> => {
    if (!(await senders.isGenuine(request.get('authorization')))) return;
    const maxBytes = limitFor(request.path, rules);
    const isStreamed = isTakenAsStream(request, rules);
    const refusal = isStreamed ? streamRefusal(request) : refusalOf(request, maxBytes);
    if (refusal !== undefined) throw refusal;
    if (isStreamed) return;
    const bytes = await within(rules.deadlineMs, readBytes(request, maxBytes, held), clock);
    if (bytes.length > 0) request.body = parseJson(bytes);
  };
  return (request, response, next) => {
    response.once('finish', () => {
      cutOffUnread(request, clock);
    });
    if (!hasBody(request)) {
      next();
      return;
    }
    const held = inFlight.open();
    // Not when it is parsed: what was parsed stays in memory until the answer is out.
    response.once('close', () => {
      held.release();
    });
    receive(request, held).then(() => {
      next();
    }, next);
  };
}

/** The result of `work`, or BodyTimeoutError when it takes longer. */
function within<T>(deadlineMs: number, work: Promise<T>, clock: Clock): Promise<T> {
  return new Promise((resolve, reject) => {
    const deadline = clock.after(deadlineMs, () => {
      reject(new BodyTimeoutError(deadlineMs));
    });
    void work.then(resolve, reject).finally(() => {
      deadline.cancel();
    });
  });
}

/** Why the body is not even read; undefined when it may be. */
function refusalOf(request: Request, maxBytes: number): HttpError | undefined {
  const type = mediaTypeOf(request);
  if (!JSON_TYPE.test(type)) return new UnsupportedMediaTypeError(type);
  const charset = charsetOf(request);
  if (!UTF_8.test(charset)) return new UnsupportedEncodingError(charset);
  return Number(request.get('content-length')) > maxBytes ? new BodyTooLargeError(maxBytes) : undefined;
}

/** True when the request has an unread NDJSON stream for its handler. */
export function isNdjson(request: Request): boolean {
  return hasBody(request) && STREAM_TYPES.has(mediaTypeOf(request));
}

/** True when the request has CSV. */
export function isCsv(request: Request): boolean {
  return hasBody(request) && mediaTypeOf(request) === CSV_TYPE;
}

function isTakenAsStream(request: Request, { csvPaths, ndjsonPaths }: BodyRules): boolean {
  const path = pathOf(request);
  if (isCsv(request)) return csvPaths.includes(path);
  return isNdjson(request) && (ndjsonPaths === undefined || ndjsonPaths.includes(path));
}

function pathOf({ path }: Request): string {
  return path.toLowerCase().replace(/\/$/, '');
}

function hasBody({ headers }: Request): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

function mediaTypeOf(request: Request): string {
  return (request.get('content-type') ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
}

function charsetOf(request: Request): string {
  return /;\s*charset\s*=\s*"?([^\s;"]+)/i.exec(request.get('content-type') ?? '')?.[1] ?? 'utf-8';
}

function streamRefusal(request: Request): UnsupportedEncodingError | undefined {
  const encoding = request.get('content-encoding')?.toLowerCase() ?? 'identity';
  if (encoding !== 'identity') return new UnsupportedEncodingError(encoding);
  const charset = charsetOf(request);
  return UTF_8.test(charset) ? undefined : new UnsupportedEncodingError(charset);
}

function limitFor(path: string, { limits, maxBytes }: BodyRules): number {
  const lower = path.toLowerCase();
  return (
    limits.find((limit) => lower === limit.path || lower.startsWith(`${limit.path}/`))?.maxBytes ?? maxBytes
  );
}

/** After an answer that did not wait for the body: without a bound the client could send for ever. */
function cutOffUnread(request: Request, clock: Clock): void {
  if (request.complete) return;
  // A reader that gave up would hold the rest back, and the client's next request on this connection with it.
  request.removeAllListeners('readable');
  request.resume();
  clock.after(LINGER_MS, () => {
    if (!request.complete) request.socket.destroy();
  });
}
