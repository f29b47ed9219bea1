import { z } from 'zod';

/** Rows of one request body, and where they stand in it: "" when the body is a single row. */
export interface IngestBody<Row> {
  readonly rows: readonly Row[];
  readonly path: string;
}

/** Rows one JSON body may hold; more of them belong in an NDJSON stream. */
const MAX_ROWS = 10_000;

/** As many as an answer shows: looking for more in thousands of bad rows would only cost time. */
const ENOUGH_ISSUES = 20;

/** A mistake, in the form schemas use. */
interface Issue {
  readonly message: string;
  readonly path: readonly PropertyKey[];
}

/**
 * Schema of a body that is either one row or `{ [list]: rows }`. A plain union would answer every mistake
 * with the issues of both forms; this one decides by the presence of `list`, so that issues name the field.
 * Too many rows are refused before any of them is looked at. The result is `undefined` for a request without
 * a JSON body: a stream.
 */
export function ingestBody<Row>(row: z.ZodType<Row>, list: string) {
  const { jsonSchema } = z.union([row, z.strictObject({ [list]: z.array(row).max(MAX_ROWS) })])['~standard'];
  // Decides about everything but the rows: its array is only counted.
  const frame = z.strictObject({ [list]: z.custom<unknown[]>(Array.isArray, 'must be an array') });
  const validate = (body: unknown) => {
    if (body === undefined) return { value: undefined };
    if (typeof body !== 'object' || body === null || !Object.hasOwn(body, list)) {
      const parsed = row.safeParse(body);
      return parsed.success ? { value: { rows: [parsed.data], path: '' } } : { issues: parsed.error.issues };
    }
    const framed = frame.safeParse(body);
    if (!framed.success) return { issues: framed.error.issues };
    const { rows, issues } = parseRows(framed.data[list] ?? [], row, list);
    return issues.length > 0 ? { issues } : { value: { rows, path: list } };
  };
  return { '~standard': { version: 1 as const, vendor: 'plimsoll', validate, jsonSchema } };
}

function parseRows<Row>(values: readonly unknown[], row: z.ZodType<Row>, list: string) {
  const rows: Row[] = [];
  const issues: Issue[] = [];
  if (values.length > MAX_ROWS) {
    issues.push({ message: `must hold at most ${MAX_ROWS} rows: send more as a stream`, path: [list] });
    return { rows, issues };
  }
  for (const [index, value] of values.entries()) {
    const parsed = row.safeParse(value);
    if (parsed.success) rows.push(parsed.data);
    else
      issues.push(
        ...parsed.error.issues.map(({ message, path }) => ({ message, path: [list, index, ...path] })),
      );
    if (issues.length >= ENOUGH_ISSUES) break;
  }
  return { rows, issues };
}
