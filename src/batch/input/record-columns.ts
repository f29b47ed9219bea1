import { BatchRequestError } from '../errors.js';
import type { Condition } from '../operations/table.repository.js';
import type { BatchColumn, BatchTarget } from '../targets/batch-target.js';
import { microsOf } from './timestamps.js';

const LONGEST_TEXT = 10_000;
const INTEGER = { least: -(2n ** 31n), most: 2n ** 31n - 1n };
const BIGINT = { least: -(2n ** 63n), most: 2n ** 63n - 1n };

/** A value that a column cannot have. */
export class ColumnValueError extends TypeError {}

/**
 * A value as PostgreSQL reads it; null for null, and for an empty text where text makes no sense (CSV).
 * @throws ColumnValueError with what is wrong
 */
export function encodeValue(
  { type, maxLength = LONGEST_TEXT, check }: BatchColumn,
  value: unknown,
): string | null {
  const isEmpty = value === '' && type !== 'text';
  if (value === null || value === undefined || isEmpty) return null;
  const encoded = ENCODERS[type](value, maxLength);
  const problem = check?.(encoded);
  if (problem !== undefined) throw new ColumnValueError(problem);
  return encoded;
}

const ENCODERS: Readonly<Record<BatchColumn['type'], (value: unknown, maxLength: number) => string>> = {
  text: textOf,
  integer: (value) => wholeNumberOf(value, INTEGER),
  bigint: (value) => wholeNumberOf(value, BIGINT),
  'double precision': numberOf,
  boolean: booleanOf,
  timestamptz: timestampOf,
  jsonb: jsonOf,
};

/** @throws BatchRequestError BATCH_REQUEST_INVALID when a filter is none of the registry */
export function conditionsOf(target: BatchTarget, filter: Readonly<Record<string, unknown>>): Condition[] {
  return Object.entries(filter).map(([name, value]) => {
    const path = `options.filter.${name}`;
    const known = target.filters.find((candidate) => candidate.name === name);
    if (known === undefined) {
      const names = target.filters.map((candidate) => candidate.name).join(', ');
      throw new BatchRequestError(path, `is none of ${names}`);
    }
    const { column, type, comparison } = known;
    const encoded = encodeFor(path, { field: name, column, type }, value);
    if (encoded === null) throw new BatchRequestError(path, 'must have a value');
    return { column, type, comparison, value: encoded };
  });
}

/** As encodeValue, for a request. @throws BatchRequestError BATCH_REQUEST_INVALID */
export function encodeFor(path: string, column: BatchColumn, value: unknown): string | null {
  try {
    return encodeValue(column, value);
  } catch (error) {
    if (error instanceof ColumnValueError) throw new BatchRequestError(path, error.message);
    throw error;
  }
}

function textOf(value: unknown, maxLength: number): string {
  if (typeof value !== 'string') throw new ColumnValueError('must be a text');
  if (value.length > maxLength) throw new ColumnValueError(`must have at most ${maxLength} characters`);
  // PostgreSQL keeps neither.
  if (/[\0\p{Cs}]/u.test(value))
    throw new ColumnValueError('must not contain NUL or half of a surrogate pair');
  return value;
}

function wholeNumberOf(value: unknown, { least, most }: { least: bigint; most: bigint }): string {
  const text = typeof value === 'number' || typeof value === 'string' ? String(value) : '';
  if (!/^-?\d{1,19}$/.test(text) || (typeof value === 'number' && !Number.isSafeInteger(value))) {
    throw new ColumnValueError('must be a whole number');
  }
  const number = BigInt(text);
  if (number < least || number > most) throw new ColumnValueError(`must be between ${least} and ${most}`);
  return number.toString();
}

function numberOf(value: unknown): string {
  const isText = typeof value === 'string' && /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(value);
  const number = isText || typeof value === 'number' ? Number(value) : NaN;
  if (!Number.isFinite(number)) throw new ColumnValueError('must be a number');
  return String(number);
}

function booleanOf(value: unknown): string {
  if (value === true || value === 'true') return 'true';
  if (value === false || value === 'false') return 'false';
  throw new ColumnValueError('must be true or false');
}

function timestampOf(value: unknown): string {
  if (typeof value !== 'string' || microsOf(value) === undefined) {
    throw new ColumnValueError('must be a time with a zone, as in 2026-01-31T12:00:00Z');
  }
  return value;
}

function jsonOf(value: unknown, maxLength: number): string {
  // From CSV it comes as text.
  const parsed = typeof value === 'string' ? parseJson(value) : value;
  const text = stringify(parsed);
  if (text.length > maxLength)
    throw new ColumnValueError(`must have at most ${maxLength} characters of JSON`);
  if (/\\u0000/.test(text)) throw new ColumnValueError('must not contain NUL');
  return text;
}

/** What is nested too deeply for the program's own stack is refused, not tried. */
function stringify(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch {
    throw new ColumnValueError('is nested too deeply');
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ColumnValueError('must be JSON');
  }
}
