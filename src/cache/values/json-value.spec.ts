import { runInNewContext } from 'node:vm';
import { CacheValueError } from '../errors.js';
import { parseFrozen, toStored } from './json-value.js';

class Account {
  readonly id = 42;
}

class List extends Array<number> {}

function nested(levels: number): unknown {
  let value: unknown = 'core';
  for (let level = 0; level < levels; level += 1) value = level % 2 === 0 ? [value] : { value };
  return value;
}

/** What is said to be wrong with `value`. */
function refusalOf(value: unknown): { path: unknown; found: unknown } {
  try {
    toStored(value);
  } catch (error) {
    if (!(error instanceof CacheValueError)) throw error;
    return { path: error.details['path'], found: error.details['found'] };
  }
  return { path: undefined, found: undefined };
}

function isDeeplyFrozen(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return Object.isFrozen(value) && Object.values(value).every(isDeeplyFrozen);
}

describe('toStored', () => {
  it.each([
    ['null', null],
    ['false', false],
    ['0', 0],
    ['empty text', ''],
    ['an empty array', []],
    ['an empty object', {}],
    ['the smallest and the largest number', [Number.MIN_VALUE, Number.MAX_VALUE, -1e-7]],
    ['text of any alphabet', { 'clé "ü"\n': '漢字 \u0000 \u2028 👩‍👩‍👧' }],
    ['halves of a surrogate pair', { '\ud800': 'a\udfff' }],
    ['a mixture', { rows: [{ id: 1, tags: ['a', null] }, []], isDone: false }],
  ])('keeps %s as it is', (_what, value) => {
    const stored = toStored(value);

    expect(stored.value).toEqual(value);
    expect(JSON.parse(stored.json)).toEqual(value);
    expect(stored.bytes).toBe(Buffer.byteLength(stored.json));
  });

  it('turns -0 into 0, at any depth', () => {
    const { value } = toStored({ list: [-0] }) as { value: { list: number[] } };

    expect(Object.is(value.list[0], 0)).toBe(true);
  });

  it('keeps a field named __proto__ a field, and no prototype', () => {
    const given: unknown = JSON.parse('{"__proto__":{"isAdmin":true},"constructor":1}');

    const { json, value } = toStored(given);

    expect(json).toBe('{"__proto__":{"isAdmin":true},"constructor":1}');
    expect(Object.keys(value as object)).toEqual(['__proto__', 'constructor']);
    expect((value as { isAdmin?: boolean }).isAdmin).toBeUndefined();
    expect(isDeeplyFrozen(value)).toBe(true);
  });

  it('freezes all of the copy and nothing of the original', () => {
    const original = { rows: [{ id: 1 }], names: ['a'] };

    const { value } = toStored(original);
    original.rows.push({ id: 2 });
    original.names[0] = 'b';

    expect(isDeeplyFrozen(value)).toBe(true);
    expect(value).toEqual({ rows: [{ id: 1 }], names: ['a'] });
  });

  it('takes objects without a prototype and those of another realm', () => {
    const bare = Object.assign(Object.create(null) as object, { a: 1 });
    const foreign: unknown = runInNewContext('({ list: [1, { a: null }] })');

    expect(toStored(bare).json).toBe('{"a":1}');
    expect(toStored(foreign).json).toBe('{"list":[1,{"a":null}]}');
  });

  it('takes one object that is met twice', () => {
    const shared = { a: 1 };

    expect(toStored([shared, shared]).json).toBe('[{"a":1},{"a":1}]');
  });

  it.each<[string, unknown, string]>([
    ['undefined', undefined, 'undefined'],
    ['NaN', NaN, 'NaN'],
    ['Infinity', -Infinity, '-Infinity'],
    ['a bigint', 1n, 'a bigint'],
    ['a symbol', Symbol('x'), 'a symbol'],
    ['a function', () => 1, 'a function'],
    ['a Date', new Date(0), 'an instance of Date'],
    ['a Map', new Map(), 'an instance of Map'],
    ['a Set', new Set(), 'an instance of Set'],
    ['an error', new TypeError('x'), 'an instance of TypeError'],
    ['a class instance', new Account(), 'an instance of Account'],
    ['an object that inherits', Object.create({ a: 1 }), 'an instance of Object'],
    ['a boxed number', Object(1), 'an instance of Number'],
    ['a Buffer', Buffer.from('x'), 'an instance of Buffer'],
    ['a Date of another realm', runInNewContext('new Date(0)'), 'an instance of Date'],
    ['a subclass of Array', List.of(1), 'a subclass of Array'],
    ['a hole', [1, , 2], 'an array with holes or fields of its own'],
    ['an array with a field', 'abc'.match(/b/), 'an array with holes or fields of its own'],
    [
      'an array with a symbol',
      Object.assign([1], { [Symbol('x')]: 1 }),
      'an array with holes or fields of its own',
    ],
    ['a field made up for a hole', Object.assign([, 1], { x: 1 }), 'undefined'],
    ['a symbol as key', { [Symbol('x')]: 1 }, 'an object with symbols as keys'],
    ['toJSON', { toJSON: () => 'x' }, 'an object with toJSON'],
    ['an array of four thousand million holes', new Array(4e9), 'larger than any cache should hold'],
  ])('refuses %s and tells where it is', (_what, value, found) => {
    const { path, ...rest } = refusalOf({ rows: [1, { value }] });

    expect(rest).toEqual({ found });
    expect(String(path)).toMatch(/^\$\.rows\[1\]\.value/);
  });

  it('refuses an undefined field, which JSON would leave out', () => {
    expect(refusalOf({ a: 1, b: undefined })).toEqual({ path: '$.b', found: 'undefined' });
  });

  it('refuses a cycle, and all that nests deeper than 200 levels', () => {
    const cycle: Record<string, unknown> = {};
    cycle['left'] = [cycle];
    cycle['right'] = [cycle];

    expect(toStored(nested(200)).value).toEqual(nested(200));
    expect(refusalOf(nested(201)).found).toMatch(/^nested deeper than 200 levels/);
    expect(refusalOf(cycle).found).toMatch(/or within itself$/);
    expect(String(refusalOf(cycle).path)).toMatch(/^\$\.left\[0\]\.left.{0,200}…$/);
    expect(refusalOf(nested(100_000)).found).toMatch(/^nested deeper/);
  });

  it('refuses what is small in memory and endless in JSON', () => {
    let value: unknown = new Array<string>(10_000).fill('');
    for (let level = 0; level < 100; level += 1) value = [value, value];

    expect(refusalOf(value).found).toBe('larger than any cache should hold');
  });

  it('cuts long names of fields in its message', () => {
    const { path } = refusalOf({ ['k'.repeat(10_000)]: undefined });

    expect(String(path)).toHaveLength(102);
  });

  it('passes on what a getter of the value throws', () => {
    const value = {
      get broken(): number {
        throw new TypeError('of its own');
      },
    };

    expect(() => toStored(value)).toThrow('of its own');
  });
});

describe('parseFrozen', () => {
  it('refuses what is no JSON, and what nests too deep to be walked', () => {
    expect(() => parseFrozen('{"a":')).toThrow(SyntaxError);
    expect(() => parseFrozen('['.repeat(1e6) + ']'.repeat(1e6))).toThrow(CacheValueError);
  });
});
