import { BatchInputError } from './errors.js';
import { readCsv } from './read-csv.js';
import { readLines } from './read-lines.js';

/** A record, and where it begins. */
export interface InputRecord {
  /** From 1. */
  readonly line: number;
  /** Where its fields are named, when that is elsewhere. */
  readonly fieldsLine?: number;
  readonly value: Readonly<Record<string, unknown>>;
}

/**
 * The records of an upload, with constant memory. NDJSON: an object a line, empty lines are skipped. CSV (RFC 4180):
 * a header line with the fields, then a record a line; every value is a text.
 * @throws BatchInputError BATCH_INPUT_INVALID with the line
 */
export function readRecords(
  source: AsyncIterable<Buffer>,
  format: 'ndjson' | 'csv',
): AsyncGenerator<InputRecord> {
  return format === 'ndjson' ? readNdjson(source) : readCsv(source);
}

async function* readNdjson(source: AsyncIterable<Buffer>): AsyncGenerator<InputRecord> {
  for await (const { number, text } of readLines(source)) {
    if (text.trim() !== '') yield { line: number, value: objectOf(text, number) };
  }
}

function objectOf(text: string, line: number): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new BatchInputError(line, 'it is no JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new BatchInputError(line, 'it is no JSON object');
  }
  return value as Readonly<Record<string, unknown>>;
}
