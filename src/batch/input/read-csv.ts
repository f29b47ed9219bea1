import { type CsvError, parse } from 'csv-parse/sync';
import { BatchInputError } from './errors.js';
import { type Line, LONGEST_RECORD_BYTES, readLines } from './read-lines.js';

const MOST_COLUMNS = 1_000;
/** As much is given to the parser at once, because a call of its own for every record is slow. */
const PIECE_CHARS = 65_536;
const BAD_QUOTE = 'it is no CSV: a quote is open, or stands where none may be';

/** A record as it stands in the file. */
interface Row {
  /** Where it begins. */
  readonly line: number;
  readonly text: string;
}

/** A record with a quote that is not closed yet. */
interface OpenRow {
  readonly line: number;
  readonly texts: string[];
  chars: number;
}

/** A record, and where it begins. */
interface CsvRecord {
  readonly line: number;
  /** Where the fields are named. */
  readonly fieldsLine: number;
  readonly value: Readonly<Record<string, string>>;
}

/**
 * The records of a CSV file (RFC 4180) after its header line. The parser's stream is not used: it drops records that
 * it has read when a later one is bad, and counts a CRLF in quotes as two lines, so that errors would name wrong ones.
 * @throws BatchInputError
 */
export async function* readCsv(source: AsyncIterable<Buffer>): AsyncGenerator<CsvRecord> {
  let fields: readonly string[] | undefined;
  let fieldsLine = 1;
  for await (const rows of piecesOf(rowsOf(readLines(source)))) {
    const records = parseRows(rows);
    for (const [index, { line }] of rows.entries()) {
      const values = records[index] ?? [];
      if (fields === undefined) [fields, fieldsLine] = [headerOf(values, line), line];
      else yield { line, fieldsLine, value: recordOf(fields, values, line) };
    }
  }
}

/** Whole records: a line end is inside of quotes when there are an odd number of them before it. */
async function* rowsOf(lines: AsyncIterable<Line>): AsyncGenerator<Row> {
  let open: OpenRow | undefined;
  for await (const { number, text } of lines) {
    const isTurn = hasOddQuotes(text);
    if (open === undefined && !isTurn) {
      if (text !== '' && text !== '\r') yield { line: number, text: withoutReturn(text) };
    } else if (open === undefined) {
      open = { line: number, texts: [text], chars: text.length };
    } else {
      extend(open, text);
      if (isTurn) yield { line: open.line, text: withoutReturn(open.texts.join('\n')) };
      if (isTurn) open = undefined;
    }
  }
  if (open !== undefined) throw new BatchInputError(open.line, BAD_QUOTE);
}

function extend(open: OpenRow, text: string): void {
  open.texts.push(text);
  open.chars += text.length;
  if (open.chars <= LONGEST_RECORD_BYTES) return;
  throw new BatchInputError(
    open.line,
    `it has more than ${LONGEST_RECORD_BYTES} bytes; maybe a quote is open`,
  );
}

async function* piecesOf(rows: AsyncIterable<Row>): AsyncGenerator<readonly Row[]> {
  let piece: Row[] = [];
  let chars = 0;
  for await (const row of rows) {
    piece.push(row);
    chars += row.text.length;
    if (chars < PIECE_CHARS) continue;
    yield piece;
    [piece, chars] = [[], 0];
  }
  if (piece.length > 0) yield piece;
}

/** Values of every row; how many there must be is looked at later, because the parser knows no header of earlier rows. */
function parseRows(rows: readonly Row[]): string[][] {
  const text = rows.map((row) => row.text).join('\n');
  try {
    return parse(text, { record_delimiter: '\n', relax_column_count: true });
  } catch (error) {
    const { code, records } = (error ?? {}) as Partial<CsvError> & { records?: unknown };
    if (typeof code !== 'string' || typeof records !== 'number') throw error;
    throw new BatchInputError(rows[records]?.line ?? 1, BAD_QUOTE);
  }
}

function headerOf(fields: readonly string[], line: number): readonly string[] {
  if (fields.length > MOST_COLUMNS)
    throw new BatchInputError(line, `its header has more than ${MOST_COLUMNS} fields`);
  if (fields.includes('')) throw new BatchInputError(line, 'its header has a field without a name');
  if (new Set(fields).size !== fields.length)
    throw new BatchInputError(line, 'its header names a field twice');
  return fields;
}

function recordOf(fields: readonly string[], values: readonly string[], line: number): CsvRecord['value'] {
  if (values.length !== fields.length)
    throw new BatchInputError(line, 'it has another number of values than the header');
  return Object.fromEntries(fields.map((field, index) => [field, values[index] ?? '']));
}

function hasOddQuotes(text: string): boolean {
  let isOdd = false;
  for (let at = text.indexOf('"'); at !== -1; at = text.indexOf('"', at + 1)) isOdd = !isOdd;
  return isOdd;
}

/** Of a line that ends in CRLF. */
function withoutReturn(text: string): string {
  return text.endsWith('\r') ? text.slice(0, -1) : text;
}
