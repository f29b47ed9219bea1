import { CacheKeyError } from './errors.js';
import { cacheKey, checkKey, keyShape } from './keys.js';

describe('checkKey', () => {
  it.each([' ', 'a b', '::', '{a}', '%', '__proto__', 'ключ:漢:👩‍👩‍👧', '\u0000', '\ufffd', 'k'.repeat(65_536)])(
    'takes %j',
    (key) => {
      expect(checkKey(key)).toBe(key);
    },
  );

  it.each([
    [''],
    ['k'.repeat(65_537)],
    [undefined],
    [null],
    [42],
    [['a']],
    ['a\ud800'],
    ['\udc00b'],
    ['\udc00\ud800'],
  ])('refuses %j', (key) => {
    expect(() => checkKey(key)).toThrow(CacheKeyError);
  });

  it('shows the beginning of a long key only', () => {
    const error = new CacheKeyError('k'.repeat(70_000), 'is too long');

    expect(error.message.length).toBeLessThan(200);
    expect(String(error.details['key'])).toHaveLength(101);
  });
});

describe('cacheKey', () => {
  it('joins entity, id and qualifiers by colons', () => {
    expect(cacheKey('account')).toBe('account');
    expect(cacheKey('account', 42)).toBe('account:42');
    expect(cacheKey('account', 42, 'summary', '7d')).toBe('account:42:summary:7d');
  });

  it('gives different entities and ids different keys, whatever signs they hold', () => {
    const pairs = [
      ['a', 'b:c'],
      ['a:b', 'c'],
      ['a', 'b%3Ac'],
      ['a%3Ab', 'c'],
      ['a', 'b%253Ac'],
    ] as const;

    const keys = pairs.map(([entity, id]) => cacheKey(entity, id));

    expect(new Set(keys).size).toBe(pairs.length);
    for (const key of keys) expect(key.split(':')).toHaveLength(2);
  });

  it.each([
    [undefined],
    ['a', undefined],
    ['a', undefined, 'summary'],
    ['a', 'b', undefined],
    ['a', null],
    ['a', Number.NaN],
    ['a', Infinity],
    ['a', {}],
  ])('refuses the parts %j, %j, %j', (...parts) => {
    expect(() => cacheKey(...(parts as unknown as [string]))).toThrow(CacheKeyError);
  });

  it('names the part that is missing', () => {
    const tenantId = [][0] as unknown as string;

    expect(() => cacheKey('account', tenantId, 'summary')).toThrow(
      'Cache key "account" cannot have undefined as part 2, only text and finite numbers.',
    );
  });

  it('refuses an empty key', () => {
    expect(() => cacheKey('')).toThrow(CacheKeyError);
  });
});

describe('keyShape', () => {
  it.each([
    ['config', 'config'],
    ['account:42', 'account:*'],
    ['account:42:summary', 'account:*:*'],
    ['account:42:summary:7d', 'account:*:*'],
    [':', ':*'],
  ])('of %s is %s', (key, shape) => {
    expect(keyShape(key)).toBe(shape);
  });
});
