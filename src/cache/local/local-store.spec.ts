import { LRUCache } from 'lru-cache';
import { Random } from '../../../test/support/random.js';
import { LocalStore, type LocalEntry } from './local-store.js';

const ODD_KEYS = [
  '',
  '__proto__',
  'constructor',
  'toString',
  '\u0000',
  '*',
  'a:b:c',
  '\ud800',
  'k'.repeat(10_000),
];

function entry(given: Partial<LocalEntry> = {}): LocalEntry {
  const promise = Promise.resolve('value');
  const times = { bornAtMs: 0, refreshAtMs: 1_000, staleAtMs: 2_000, deadAtMs: 3_000 };
  return { promise, bytes: 10, tick: 1, ...times, ...given };
}

describe.each(['s3-fifo', 'lru'] as const)('LocalStore with %s', (policy) => {
  function storeOf(bounds: { maxEntries?: number; maxBytes?: number; onEvict?: (key: string) => void } = {}) {
    return new LocalStore({ maxEntries: 100, maxBytes: 100_000, policy, ...bounds });
  }

  it("answers a hit with the entry's own promise", () => {
    const store = storeOf();
    const given = entry();

    expect(store.put('a', given)).toBe(true);

    expect(store.hit('a', 999, 1)).toBe(given.promise);
    expect(store.hit('b', 0, 1)).toBeUndefined();
  });

  it('has no hit from the moment of refresh on', () => {
    const store = storeOf();

    store.put('a', entry({ refreshAtMs: 1_000 }));

    expect(store.hit('a', 999.9, 1)).toBeDefined();
    expect(store.hit('a', 1_000, 1)).toBeUndefined();
  });

  it('never answers longer than asked when a time is no multiple of its unit', () => {
    const store = storeOf();

    store.put('a', entry({ refreshAtMs: 1_009, deadAtMs: 3_009.9 }));

    expect(store.hit('a', 1_000, 1)).toBeUndefined();
    expect(store.find('a')?.deadAtMs).toBe(3_000);
  });

  it('has no hit after an invalidation until the names were compared', () => {
    const store = storeOf();
    store.put('a', entry({ tick: 1 }));

    expect(store.hit('a', 0, 2)).toBeUndefined();
    store.markChecked('a', 2);

    expect(store.hit('a', 0, 2)).toBeDefined();
    expect(store.find('a')?.tick).toBe(2);
  });

  it.each([[undefined], [[7]], [[7, 8, 9]], [[]]])(
    'gives back an entry as it was put, with cells %j',
    (cells) => {
      const store = storeOf();
      const given = entry({ deadAtMs: Infinity, bornAtMs: -5_000, ...(cells && { cells }) });
      store.put('other', entry({ cells: [1] }));

      store.put('a', given);

      expect(store.find('a')).toEqual(given);
    },
  );

  it('forgets the cells of an entry that was replaced, and of one whose slot is used again', () => {
    const store = storeOf();
    store.put('a', entry({ cells: [7] }));
    store.put('b', entry({ cells: [8] }));

    store.put('a', entry());
    store.delete('b');
    store.put('c', entry());

    expect(store.find('a')?.cells).toBeUndefined();
    expect(store.find('c')?.cells).toBeUndefined();
  });

  it('takes any string as a key', () => {
    const store = storeOf();

    for (const key of ODD_KEYS) expect(store.hit(key, 0, 1)).toBeUndefined();
    for (const key of ODD_KEYS) store.put(key, entry({ promise: Promise.resolve(key) }));

    expect([...store.keys()]).toEqual(ODD_KEYS);
    for (const key of ODD_KEYS) expect(store.find(key)?.promise).toBe(store.hit(key, 0, 1));
    for (const key of ODD_KEYS) expect(store.delete(key)).toBe(true);
    expect([store.size, store.bytes]).toEqual([0, 0]);
  });

  it('keeps no entry larger than a tenth of all bytes, and not the older value of its key', () => {
    const store = storeOf({ maxBytes: 1_000 });
    store.put('a', entry());

    expect(store.put('b', entry({ bytes: 100 }))).toBe(true);
    expect(store.put('a', entry({ bytes: 101 }))).toBe(false);

    expect([...store.keys()]).toEqual(['b']);
    expect(store.bytes).toBe(100);
  });

  it('keeps nothing when it may have no entries', () => {
    const store = storeOf({ maxEntries: 0 });

    expect(store.put('a', entry())).toBe(false);

    expect(store.size).toBe(0);
    expect(store.sample(5, () => 0)).toEqual([]);
  });

  it('serves the newest of its keys when a single entry fits', () => {
    const store = storeOf({ maxEntries: 1 });

    for (const key of ['a', 'b', 'a', 'c', 'a']) {
      store.put(key, entry());
      expect(store.hit(key, 0, 1)).toBeDefined();
      expect(store.size).toBe(1);
    }
  });

  it('fills up again after it was cleared, beyond the size it had', () => {
    const store = storeOf({ maxEntries: 1_000 });
    for (let index = 0; index < 300; index += 1) store.put(`old:${index}`, entry());

    store.clear();
    expect([store.size, store.bytes, store.find('old:1')]).toEqual([0, 0, undefined]);
    for (let index = 0; index < 1_500; index += 1) store.put(`new:${index}`, entry({ cells: [index] }));

    expect([store.size, store.bytes]).toEqual([1_000, 10_000]);
    expect(store.find('new:1499')?.cells).toEqual([1_499]);
  });

  it('drops everything once when the ticks outgrow their column, and then goes on', () => {
    const store = storeOf();
    const later = 2 ** 32 + 1;
    store.put('a', entry({ tick: 1 }));

    store.markChecked('a', later);
    expect(store.hit('a', 0, later)).toBeUndefined();
    store.put('b', entry({ tick: later }));

    expect([...store.keys()]).toEqual(['b']);
    expect(store.hit('b', 0, later)).toBeDefined();
    expect(store.put('c', entry({ tick: 1 }))).toBe(false);
  });

  it('still ends entries after a run of years', () => {
    const store = storeOf();
    const twoYearsMs = 2 * 365 * 86_400_000;
    store.put('a', entry());

    const [bornAtMs, refreshAtMs] = [twoYearsMs, twoYearsMs + 1_000];
    store.put('b', entry({ bornAtMs, refreshAtMs }));

    expect([...store.keys()]).toEqual(['b']);
    expect(store.hit('b', refreshAtMs - 1, 1)).toBeDefined();
    expect(store.hit('b', refreshAtMs, 1)).toBeUndefined();
  });

  it('draws samples of its keys without one twice', () => {
    const store = storeOf();
    const random = new Random(3);
    for (let index = 0; index < 100; index += 1) store.put(`k:${index}`, entry());
    for (let index = 0; index < 50; index += 1) store.delete(`k:${index}`);

    const drawn = store.sample(200, () => random.fraction());

    expect(new Set(drawn).size).toBe(drawn.length);
    expect(drawn.length).toBeGreaterThan(25);
    for (const key of drawn) expect(store.find(key)).toBeDefined();
  });

  it.each([1, 2, 3, 4])('keeps both bounds and tells all that left, whatever happens (seed %i)', (seed) => {
    const random = new Random(seed);
    const model = new Map<string, number>();
    const bounds = { maxEntries: 1 + random.below(150), maxBytes: 2_000 };
    const store = storeOf({ ...bounds, onEvict: (key) => void model.delete(key) });
    const given = entry();
    const change = (key: string, chance: number): void => {
      if (chance < 0.93) {
        const bytes = random.below(220);
        model.set(key, bytes);
        if (!store.put(key, { ...given, bytes })) model.delete(key);
      } else if (chance < 0.999) {
        store.delete(key);
        model.delete(key);
      } else {
        store.clear();
        model.clear();
      }
    };
    const wrong: number[] = [];

    for (let step = 0; step < 4_000; step += 1) {
      const key = `k:${Math.floor(random.fraction() ** 2 * 400)}`;
      const chance = random.fraction();
      if (chance < 0.45) void store.hit(key, 0, 1);
      else change(key, chance);
      const bytes = [...model.values()].reduce((sum, size) => sum + size, 0);
      const isBound = store.size <= bounds.maxEntries && store.bytes <= bounds.maxBytes;
      if (!isBound || store.size !== model.size || store.bytes !== bytes) wrong.push(step);
    }

    expect(wrong).toEqual([]);
    expect(new Set(store.keys())).toEqual(new Set(model.keys()));
  });
});

describe('LocalStore with lru', () => {
  it.each([1, 2, 3, 4])(
    'holds what the lru-cache package holds after random operations (seed %i)',
    (seed) => {
      const random = new Random(seed);
      const [max, maxSize] = [1 + random.below(80), 1_000];
      const store = new LocalStore({ maxEntries: max, maxBytes: maxSize, policy: 'lru' });
      const oracle = new LRUCache<string, number>({ max, maxSize, maxEntrySize: maxSize / 10 });
      const keys = [...ODD_KEYS, ...Array.from({ length: 150 }, (_, index) => `k:${index}`)];
      const given = entry();
      /** One operation on both; whether they answer alike. */
      const isAlike = (key: string, chance: number): boolean => {
        if (chance < 0.4) return (store.hit(key, 0, 1) === undefined) === (oracle.get(key) === undefined);
        if (chance >= 0.9) return store.delete(key) === oracle.delete(key);
        const bytes = 1 + random.below(105);
        oracle.set(key, bytes, { size: bytes });
        return store.put(key, { ...given, bytes }) === oracle.has(key);
      };
      const wrong: number[] = [];

      for (let step = 0; step < 4_000; step += 1) {
        const isRight = isAlike(random.of(keys), random.fraction());
        if (!isRight || store.size !== oracle.size || store.bytes !== oracle.calculatedSize) wrong.push(step);
      }

      expect(wrong).toEqual([]);
      expect(new Set(store.keys())).toEqual(new Set(oracle.keys()));
    },
  );
});
