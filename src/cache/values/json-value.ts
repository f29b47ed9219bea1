import { CacheValueError } from '../errors.js';

/** Deeper values are refused: walking them could exhaust the stack. */
const DEEPEST = 200;

/** A value as it is kept. */
export interface StoredValue {
  readonly json: string;
  /** What a reader of Redis would get; deeply frozen, and shared by all readers. */
  readonly value: unknown;
  /** Length of the JSON in UTF-8. */
  readonly bytes: number;
}

/**
 * Brings a value into the form in which both tiers answer it. The caller's own object is left as it is.
 * @throws CacheValueError CACHE_VALUE_UNSUPPORTED when the round trip would change it
 */
export function toStored(value: unknown): StoredValue {
  check(value, []);
  const json = JSON.stringify(value);
  return { json, value: parseFrozen(json), bytes: Buffer.byteLength(json) };
}

/** @throws SyntaxError when `json` is none */
export function parseFrozen(json: string): unknown {
  const value: unknown = JSON.parse(json);
  freeze(value);
  return value;
}

function freeze(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) for (const item of value) freeze(item);
  else for (const key of Object.keys(value)) freeze((value as Record<string, unknown>)[key]);
  Object.freeze(value);
}

type Path = (string | number)[];

function check(value: unknown, path: Path): void {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return;
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) refuse(path, String(value));
    return;
  }
  if (typeof value !== 'object') refuse(path, value === undefined ? 'undefined' : `a ${typeof value}`);
  // A cycle ends here too.
  if (path.length >= DEEPEST)
    refuse(path.slice(0, 5), `nested deeper than ${DEEPEST} levels, or within itself`);
  if (Array.isArray(value)) checkItems(value, path);
  else checkFields(value, path);
}

function checkItems(items: readonly unknown[], path: Path): void {
  if (Object.getPrototypeOf(items) !== Array.prototype) refuse(path, 'a subclass of Array');
  if (Object.keys(items).length !== items.length) refuse(path, 'an array with holes or fields of its own');
  for (const [index, item] of items.entries()) {
    path.push(index);
    check(item, path);
    path.pop();
  }
}

function checkFields(fields: object, path: Path): void {
  const prototype: unknown = Object.getPrototypeOf(fields);
  if (prototype !== Object.prototype && prototype !== null) {
    refuse(path, `an instance of ${fields.constructor.name || 'a class'}`);
  }
  if (typeof (fields as { toJSON?: unknown }).toJSON === 'function') refuse(path, 'an object with toJSON');
  if (Object.getOwnPropertySymbols(fields).length > 0) refuse(path, 'an object with symbols as keys');
  for (const key of Object.keys(fields)) {
    path.push(key);
    check((fields as Record<string, unknown>)[key], path);
    path.pop();
  }
}

function refuse(path: Path, found: string): never {
  const steps = path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`));
  throw new CacheValueError(`$${steps.join('')}`, found);
}
