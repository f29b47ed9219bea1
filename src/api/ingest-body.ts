import { z } from 'zod';

/** Rows of one request body, and where they stand in it: "" when the body is a single row. */
export interface IngestBody<Row> {
  readonly rows: readonly Row[];
  readonly path: string;
}

/** Rows one JSON body may hold; more of them belong in an NDJSON stream. */
const MAX_ROWS = 10_000;

/**
 * Schema of a body that is either one row or `{ [list]: rows }`. A plain union would answer every mistake
 * with the issues of both forms; this one decides by the presence of `list`, so that issues name the field.
 * The result is `undefined` for a request without a JSON body: a stream.
 */
export function ingestBody<Row>(row: z.ZodType<Row>, list: string) {
  const batch = z.strictObject({ [list]: z.array(row).max(MAX_ROWS) });
  const { jsonSchema } = z.union([row, batch])['~standard'];
  const validate = (body: unknown) => {
    if (body === undefined) return { value: undefined };
    const isBatch = typeof body === 'object' && body !== null && Object.hasOwn(body, list);
    const parsed = isBatch ? batch.safeParse(body) : row.safeParse(body);
    if (!parsed.success) return { issues: parsed.error.issues };
    const rows = isBatch ? (parsed.data as Record<string, Row[]>)[list] : [parsed.data as Row];
    return { value: { rows: rows ?? [], path: isBatch ? list : '' } };
  };
  return { '~standard': { version: 1 as const, vendor: 'plimsoll', validate, jsonSchema } };
}
