import { LockOptionsError, LockResourceError } from './errors.js';
import { checkResource, inOrder, lockPolicyOf } from './lock-options.js';

const DEFAULTS = { ttlMs: 10_000, waitMs: 5_000, maxTtlMs: 60_000 };

describe('options of a lock', () => {
  it('have defaults', () => {
    expect(lockPolicyOf({}, DEFAULTS)).toEqual({
      ttlMs: 10_000,
      waitMs: 5_000,
      signal: undefined,
      isExtended: true,
    });
  });

  it('are taken at their bounds', () => {
    const { ttlMs, waitMs } = lockPolicyOf({ ttlMs: 60_000, waitMs: 3_600_000 }, DEFAULTS);

    expect([ttlMs, waitMs]).toEqual([60_000, 3_600_000]);
    expect(lockPolicyOf({ ttlMs: 100, waitMs: 0 }, DEFAULTS)).toMatchObject({ ttlMs: 100, waitMs: 0 });
  });

  it('round a time to live up: stores count whole milliseconds', () => {
    expect(lockPolicyOf({ ttlMs: 100.2 }, DEFAULTS).ttlMs).toBe(101);
  });

  it.each([
    { ttlMs: 99.9 },
    { ttlMs: 60_001 },
    { ttlMs: NaN },
    { ttlMs: -1 },
    { waitMs: -1 },
    { waitMs: NaN },
    { waitMs: Infinity },
  ])('refuse %p', (options) => {
    expect(() => lockPolicyOf(options, DEFAULTS)).toThrow(LockOptionsError);
  });
});

describe('names of resources', () => {
  it.each(['a', 'x'.repeat(500), 'with spaces\nand | signs', 'ünïcödé 🔒'])('may be %p', (name) => {
    expect(checkResource(name)).toBe(name);
  });

  it.each(['', 'x'.repeat(501), 'nul\0', 'lone \ud800'])('may not be %p', (name) => {
    expect(() => checkResource(name)).toThrow(LockResourceError);
  });

  it('come in one order for everybody, each once', () => {
    expect(inOrder(['b', 'a', 'b'])).toEqual(inOrder(['a', 'b', 'a']));
  });
});
