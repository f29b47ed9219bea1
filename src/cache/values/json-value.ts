import { CacheValueError } from '../errors.js';

/** Deeper values are refused: walking them could exhaust the stack. */
const DEEPEST = 200;
/** Larger values are refused. One object that is met again and again counts each time, as it does in the JSON. */
const MOST_PARTS = 10_000_000;
/** What a message shows of the path to a fault. */
const MOST_STEPS = 20;
const LONGEST_STEP = 100;

/** A value as it is kept. */
export interface StoredValue {
  readonly json: string;
  /** What a reader of Redis would get; deeply frozen, and shared by all readers. */
  readonly value: unknown;
  /** Length of the JSON in UTF-8. */
  readonly bytes: number;
}

/**
 * Brings a value into the form in which both tiers answer it. The caller's own object is left as it is. -0 becomes 0;
 * whatever else the round trip would change is refused.
 * @throws CacheValueError CACHE_VALUE_UNSUPPORTED
 */
export function toStored(value: unknown): StoredValue {
  const fault = findFault(value, { parts: 0 }, 0);
  if (fault !== undefined) throw new CacheValueError(pathOf(fault), fault.found);
  const json = stringify(value);
  return { json, value: parseFrozen(json), bytes: Buffer.byteLength(json) };
}

/** @throws SyntaxError when `json` is none, CacheValueError when it nests deeper than `toStored` lets it */
export function parseFrozen(json: string): unknown {
  const value: unknown = JSON.parse(json);
  if (isContainer(value)) freeze(value, 0);
  return value;
}

function isContainer(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function freeze(container: object, depth: number): void {
  if (depth >= DEEPEST) throw new CacheValueError('$', TOO_DEEP);
  const items: readonly unknown[] = Array.isArray(container) ? container : Object.values(container);
  // By index: half the time of an iterator for long arrays.
  for (let index = 0; index < items.length; index += 1) {
    const item = items[index];
    if (isContainer(item)) freeze(item, depth + 1);
  }
  Object.freeze(container);
}

/** Only strings too long for V8 are left to fail here. */
function stringify(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch (error) {
    if (error instanceof RangeError) throw new CacheValueError('$', TOO_LARGE);
    throw error;
  }
}

/** What is wrong, and the way to it, innermost step first: it is only built when something is. */
interface Fault {
  readonly found: string;
  readonly steps: (string | number)[];
}

const TOO_DEEP = `nested deeper than ${DEEPEST} levels, or within itself`;
const TOO_LARGE = 'larger than any cache should hold';

function findFault(value: unknown, seen: { parts: number }, depth: number): Fault | undefined {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return undefined;
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : fault(String(value));
  if (typeof value !== 'object') return fault(value === undefined ? 'undefined' : `a ${typeof value}`);
  // A cycle ends here too.
  if (depth >= DEEPEST) return fault(TOO_DEEP);
  return Array.isArray(value) ? faultOfItems(value, seen, depth) : faultOfFields(value, seen, depth);
}

function faultOfItems(items: readonly unknown[], seen: { parts: number }, depth: number): Fault | undefined {
  if (!isArrayPrototype(Object.getPrototypeOf(items))) return fault('a subclass of Array');
  seen.parts += items.length;
  if (seen.parts > MOST_PARTS) return fault(TOO_LARGE);
  // A hole is found as undefined, unless a field of its own makes up for it.
  if (Object.keys(items).length !== items.length || hasSymbols(items))
    return fault('an array with holes or fields of its own');
  for (let index = 0; index < items.length; index += 1) {
    const inner = findFault(items[index], seen, depth + 1);
    if (inner !== undefined) return within(inner, index);
  }
  return undefined;
}

function faultOfFields(fields: object, seen: { parts: number }, depth: number): Fault | undefined {
  if (!isObjectPrototype(Object.getPrototypeOf(fields))) return fault(`an instance of ${classOf(fields)}`);
  if (typeof (fields as { toJSON?: unknown }).toJSON === 'function') return fault('an object with toJSON');
  if (hasSymbols(fields)) return fault('an object with symbols as keys');
  const keys = Object.keys(fields);
  seen.parts += keys.length;
  if (seen.parts > MOST_PARTS) return fault(TOO_LARGE);
  for (const key of keys) {
    const inner = findFault((fields as Record<string, unknown>)[key], seen, depth + 1);
    if (inner !== undefined) return within(inner, key);
  }
  return undefined;
}

/** Of this realm or another: what `structuredClone` or `vm` made is plain too. */
function isObjectPrototype(prototype: unknown): boolean {
  if (prototype === Object.prototype || prototype === null) return true;
  return (
    isContainer(prototype) &&
    Object.getPrototypeOf(prototype) === null &&
    Object.hasOwn(prototype, 'isPrototypeOf')
  );
}

/** The prototype of arrays is an array; those of subclasses are not. */
function isArrayPrototype(prototype: unknown): boolean {
  return prototype === Array.prototype || Array.isArray(prototype);
}

function hasSymbols(container: object): boolean {
  return Object.getOwnPropertySymbols(container).length > 0;
}

function classOf(instance: object): string {
  const { constructor } = instance as { constructor?: unknown };
  return typeof constructor === 'function' && constructor.name !== '' ? constructor.name : 'a class';
}

function fault(found: string): Fault {
  return { found, steps: [] };
}

function within(inner: Fault, step: string | number): Fault {
  inner.steps.push(step);
  return inner;
}

function pathOf({ steps }: Fault): string {
  const shown = steps
    .slice(-MOST_STEPS)
    .reverse()
    .map((step) => (typeof step === 'number' ? `[${step}]` : `.${step.slice(0, LONGEST_STEP)}`));
  return `$${shown.join('')}${steps.length > MOST_STEPS ? '…' : ''}`;
}
