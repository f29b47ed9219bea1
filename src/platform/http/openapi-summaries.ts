import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { OpenAPIObject } from '@nestjs/swagger';

type Operation = NonNullable<OpenAPIObject['paths'][string]['get']>;

const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;

/** The list of routes that people read: a row is method and path, access, and what it does. */
const REFERENCE = fileURLToPath(new URL('../../../docs/reference/api.md', import.meta.url));
const ROW = /^\| `([A-Z]+) (\/[^`]*)` \| ([a-z-]+) \| (.+) \|$/gm;
/** Answered without a key, wherever the server listens. */
const OPEN = 'open';

interface RouteRow {
  readonly access: string;
  readonly summary: string;
}

/** Adds what docs/reference/api.md says of each route, so that it is said once; nothing where the page is not installed. */
export async function addSummaries(document: OpenAPIObject): Promise<OpenAPIObject> {
  const rows = rowsOf(await readFile(REFERENCE, 'utf8').catch(() => ''));
  const paths = Object.entries(document.paths).map(([path, item]) => {
    const operations = METHODS.flatMap((method) => {
      const operation = item[method];
      const row = rows.get(`${method.toUpperCase()} ${path}`);
      return operation === undefined || row === undefined ? [] : [[method, withRow(operation, row)] as const];
    });
    return [path, { ...item, ...Object.fromEntries(operations) }] as const;
  });
  return { ...document, paths: Object.fromEntries(paths) };
}

function rowsOf(page: string): ReadonlyMap<string, RouteRow> {
  return new Map(
    [...page.matchAll(ROW)].map(([, method = '', path = '', access = '', summary = '']) => [
      `${method} ${path}`,
      { access, summary: summary.replaceAll('`', '').trim() },
    ]),
  );
}

function withRow(operation: Operation, { access, summary }: RouteRow): Operation {
  return {
    ...operation,
    summary: `${summary.charAt(0).toUpperCase()}${summary.slice(1)}`,
    description: `Access: ${access}.`,
    ...(access === OPEN && { security: [] }),
  };
}
