/** What a value of the file becomes in an event: milliseconds, or a whole number of items. */
export type ValueRole = 'duration' | 'items';

/** One measured value. */
export interface Sample {
  readonly at: Date;
  readonly value: number;
  /** Line of the file, from 1. */
  readonly line: number;
}

const TIMESTAMP = /^(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2}:\d{2})(\.\d{1,3})?Z?$/;
const DECIMAL = /^\+?\d+(\.\d+)?(e[+-]?\d+)?$/i;
const SHOWN_CHARACTERS = 60;

/** What the server takes: a refusal in the middle of a stream would leave the first part stored. */
const DURATION_MIN_MS = 1e-9;
const DURATION_MAX_MS = 1e12;
const ITEMS_MAX = 2_147_483_647;

/** The sample that the cells of a record make, or what is wrong with them. */
export function parseSample(cells: readonly string[], role: ValueRole): Omit<Sample, 'line'> | string {
  const [timestamp = '', value = ''] = cells;
  if (cells.length !== 2) return `must have 2 cells, has ${cells.length}`;
  if (timestamp === '') return 'the timestamp is missing';
  const at = parseTimestamp(timestamp);
  if (at === undefined) return `the timestamp must be YYYY-MM-DD HH:MM:SS (UTC), was ${quote(timestamp)}`;
  const parsed = parseValue(value, role);
  return typeof parsed === 'string' ? parsed : { at, value: parsed };
}

function parseValue(text: string, role: ValueRole): number | string {
  if (text === '') return 'the value is missing: leave out the lines of gaps';
  const value = DECIMAL.test(text) ? Number(text) : NaN;
  if (!Number.isFinite(value)) return `the value must be a number of 0 or more, was ${quote(text)}`;
  return refusalOf(value, role) ?? value;
}

function refusalOf(value: number, role: ValueRole): string | undefined {
  if (role === 'items') {
    if (!Number.isInteger(value)) return `items must be whole numbers, was ${value}`;
    return value > ITEMS_MAX ? `items must not exceed ${ITEMS_MAX}, was ${value}` : undefined;
  }
  const isTaken = value === 0 || (value >= DURATION_MIN_MS && value <= DURATION_MAX_MS);
  return isTaken
    ? undefined
    : `a duration must be 0 or ${DURATION_MIN_MS} to ${DURATION_MAX_MS} ms, was ${value}`;
}

function parseTimestamp(text: string): Date | undefined {
  const [, date = '', time = '', fraction = ''] = TIMESTAMP.exec(text) ?? [];
  const at = new Date(`${date}T${time}${fraction}Z`);
  // Date takes February 30th for March 2nd.
  const isReal = !Number.isNaN(at.getTime()) && at.toISOString().startsWith(`${date}T${time}`);
  return isReal ? at : undefined;
}

function quote(text: string): string {
  return JSON.stringify(text.slice(0, SHOWN_CHARACTERS));
}
