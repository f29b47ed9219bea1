import { Readable } from 'node:stream';
import { type CsvError, type Info, parse } from 'csv-parse';
import { BatchInputError } from './errors.js';
import { type Line, LONGEST_RECORD_BYTES, readLines } from './read-lines.js';

/** A record, and where it begins. */
export interface InputRecord {
  /** From 1. */
  readonly line: number;
  readonly value: Readonly<Record<string, unknown>>;
}

const MOST_COLUMNS = 1_000;

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

async function* readCsv(source: AsyncIterable<Buffer>): AsyncGenerator<InputRecord> {
  const parser = Readable.from(textOf(readLines(source))).pipe(
    parse({ info: true, skip_empty_lines: true, max_record_size: LONGEST_RECORD_BYTES }),
  );
  let fields: readonly string[] | undefined;
  let line = 1;
  try {
    for await (const { record, info } of parser as AsyncIterable<{ record: string[]; info: Info }>) {
      if (fields === undefined) fields = headerOf(record);
      else
        yield { line, value: Object.fromEntries(fields.map((field, index) => [field, record[index] ?? ''])) };
      line = info.lines + 1;
    }
  } catch (error) {
    throw csvProblem(error, line);
  }
}

/** As the parser wants it; what is wrong with the bytes is found on the way. */
async function* textOf(lines: AsyncIterable<Line>): AsyncGenerator<string> {
  for await (const { text } of lines) yield `${text}\n`;
}

function headerOf(fields: readonly string[]): readonly string[] {
  const isNamed = fields.every((field) => field !== '');
  if (!isNamed || fields.length > MOST_COLUMNS)
    throw new BatchInputError(1, 'its header has a field without a name');
  if (new Set(fields).size !== fields.length) throw new BatchInputError(1, 'its header names a field twice');
  return fields;
}

/** The parser's own words for a broken file; everything else comes back as it is. */
function csvProblem(error: unknown, line: number): unknown {
  const { code } = (error ?? {}) as Partial<CsvError>;
  if (typeof code !== 'string' || !code.startsWith('CSV_')) return error;
  const problem =
    code === 'CSV_RECORD_INCONSISTENT_FIELDS_LENGTH'
      ? 'it has another number of values than the header'
      : 'it is no CSV: a quote is open, or stands where none may be';
  return new BatchInputError(line, problem);
}
