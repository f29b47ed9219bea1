import { CollectingLogger } from '../../test/support/collecting-logger.js';
import { CountingIds } from '../../test/support/counting-ids.js';
import { FakeClock } from '../../test/support/fake-clock.js';
import { readSettings } from '../config/index.js';
import { AbsentRedis } from '../platform/redis/index.js';
import { MetricRegistry } from '../platform/telemetry/index.js';
import type { CacheService } from './cache.service.js';
import { createCache } from './create-cache.js';

/** A loader that is finished by hand. */
function manual<T>(): {
  load: () => Promise<T>;
  calls: () => number;
  give: (value: T) => void;
  fail: (error: Error) => void;
} {
  let count = 0;
  let settle: { resolve: (value: T) => void; reject: (error: Error) => void } | undefined;
  return {
    load: () => {
      count += 1;
      return new Promise<T>((resolve, reject) => (settle = { resolve, reject }));
    },
    calls: () => count,
    give: (value) => settle?.resolve(value),
    fail: (error) => settle?.reject(error),
  };
}

describe('CacheService without Redis', () => {
  let clock: FakeClock;
  let cache: CacheService;
  let loads: number;

  beforeEach(() => {
    clock = new FakeClock();
    loads = 0;
    const logger = new CollectingLogger();
    const { cache: config } = readSettings({});
    const around = { config, clock, logger, ids: new CountingIds(), registry: new MetricRegistry() };
    cache = createCache({ ...around, redis: new AbsentRedis(logger) }).cache;
  });

  const load = (): Promise<number> => Promise.resolve((loads += 1));

  it('gives every reader of an entry the same frozen value', async () => {
    const one = await cache.getOrLoad('x:1', () => Promise.resolve({ list: [1, { deep: true }] }));
    const other = await cache.getOrLoad('x:1', load);

    expect(other).toBe(one);
    expect(Object.isFrozen(one.list[1])).toBe(true);
  });

  it.each([[null], [false], [0], ['']])('keeps %j as a value', async (value) => {
    const loadFalsy = (): Promise<unknown> => Promise.resolve((loads += 1) && value);

    expect(await cache.getOrLoad('x:1', loadFalsy)).toBe(value);
    expect(await cache.getOrLoad('x:1', loadFalsy)).toBe(value);
    expect(await cache.get('x:1')).toBe(value);
    expect(loads).toBe(1);
  });

  it('answers undefined and does not keep it', async () => {
    const loadNothing = (): Promise<number | undefined> => {
      loads += 1;
      return Promise.resolve(undefined);
    };

    await cache.getOrLoad('x:1', loadNothing);

    expect(await cache.getOrLoad('x:1', loadNothing)).toBeUndefined();
    expect(loads).toBe(2);
  });

  it.each([0, -1, -Infinity])('keeps nothing with a TTL of %d', async (ttlMs) => {
    await cache.getOrLoad('x:1', load, { ttlMs });
    await cache.set('x:2', 1, { ttlMs });

    expect(await cache.getOrLoad('x:1', load, { ttlMs })).toBe(2);
    expect(await cache.get('x:2')).toBeUndefined();
  });

  it('loads again when the TTL has ended, a loaded null by its own TTL', async () => {
    await cache.getOrLoad('x:1', load, { ttlMs: 1_000 });
    await cache.getOrLoad('x:2', () => Promise.resolve(null), { ttlMs: 60_000, nullTtlMs: 500 });
    await clock.advance(600);

    expect(await cache.getOrLoad('x:1', load)).toBe(1);
    expect(await cache.getOrLoad('x:2', load)).toBe(2);
    await clock.advance(500);
    expect(await cache.getOrLoad('x:1', load)).toBe(3);
  });

  it('answers the old value within its grace, and refreshes it once behind', async () => {
    const refresh = manual<number>();
    const options = { ttlMs: 1_000, graceMs: 5_000 };
    await cache.getOrLoad('x:1', load, options);
    await clock.advance(1_500);

    const reads = await Promise.all([1, 2, 3].map(() => cache.read('x:1', refresh.load, options)));

    expect(reads).toEqual(Array(3).fill({ value: 1, source: 'stale', ageMs: 1_500 }));
    expect(refresh.calls()).toBe(1);
    refresh.give(7);
    await clock.advance(0);
    expect((await cache.read('x:1', load, options)).value).toBe(7);
  });

  it('answers the old value when the refresh fails, until the grace ends', async () => {
    const options = { ttlMs: 1_000, graceMs: 1_000 };
    const fail = (): Promise<number> => Promise.reject(new TypeError('source is down'));
    await cache.getOrLoad('x:1', load, options);
    await clock.advance(1_500);

    expect(await cache.getOrLoad('x:1', fail, options)).toBe(1);
    await clock.advance(600);
    await expect(cache.getOrLoad('x:1', fail, options)).rejects.toThrow('source is down');
  });

  it('waits for a refresh as long as the soft timeout says', async () => {
    const options = { ttlMs: 1_000, graceMs: 60_000, softTimeoutMs: 100 };
    const [quick, slow] = [manual<number>(), manual<number>()];
    await cache.getOrLoad('x:1', load, options);
    await clock.advance(1_500);

    const fresh = cache.read('x:1', quick.load, options);
    await clock.advance(50);
    quick.give(8);
    expect(await fresh).toMatchObject({ value: 8, source: 'loader' });
    await clock.advance(1_500);
    const stale = cache.read('x:1', slow.load, options);
    await clock.advance(101);
    expect(await stale).toMatchObject({ value: 8, source: 'stale' });
  });

  it('gives up a load that hangs, tells it to stop, and lets the next one begin', async () => {
    let signal: AbortSignal | undefined;
    const hang = ({ signal: given }: { signal: AbortSignal }): Promise<number> => {
      signal = given;
      return new Promise(() => undefined);
    };
    const hanging = cache.getOrLoad('x:1', hang, { loadTimeoutMs: 200 });
    const refused = expect(hanging).rejects.toMatchObject({
      code: 'CACHE_LOAD_TIMEOUT',
      kind: 'unavailable',
    });
    await clock.advance(200);

    await refused;
    expect(signal?.aborted).toBe(true);
    expect(await cache.getOrLoad('x:1', load)).toBe(1);
  });

  it('calls a loader once for a thousand readers, and gives all of them its error', async () => {
    const failing = manual<number>();
    const readers = Array.from({ length: 1_000 }, () => cache.getOrLoad('x:1', failing.load));
    const settled = Promise.allSettled(readers);
    await clock.advance(0);
    const error = new TypeError('no');

    failing.fail(error);

    expect((await settled).every((one) => one.status === 'rejected' && one.reason === error)).toBe(true);
    expect(failing.calls()).toBe(1);
    expect(await cache.getOrLoad('x:1', load)).toBe(1);
  });

  it('pauses between loads that fail again and again', async () => {
    let calls = 0;
    const fail = (): Promise<number> => Promise.reject(new TypeError(`failure ${(calls += 1)}`));
    const attempt = (): Promise<unknown> =>
      cache.getOrLoad('x:1', fail).catch((error: unknown) => String(error));

    expect(await attempt()).toContain('failure 1');
    expect(await attempt()).toContain('failure 2');
    expect(await attempt()).toContain('failure 2');
    await clock.advance(60);
    expect(await attempt()).toContain('failure 3');
  });

  it('does not keep what was invalidated while it was loaded, and gives it to nobody who came later', async () => {
    const slow = manual<string>();
    const early = cache.getOrLoad('x:1', slow.load, { tags: ['red'] });
    await clock.advance(0);
    await cache.invalidate({ tags: ['red'] });

    const late = cache.getOrLoad('x:1', () => Promise.resolve('new'), { tags: ['red'] });
    slow.give('old');

    expect(await late).toBe('new');
    expect(await early).toBe('old');
    expect(await cache.getOrLoad('x:1', load)).toBe('new');
  });

  it.each([
    ['x:1:*', 'x:1:y', []],
    ['x:*', 'x:1:y', []],
    ['*', 'x:1:y', []],
    ['x:1:y', 'x:1:y', []],
    ['x:1:y*', 'x:1:y', ['x:1:*']],
    ['x:1*', 'x:1:y', ['x:*']],
    ['?:1:y', 'x:1:y', ['*']],
  ])('invalidates by the pattern %s', async (pattern, key, widenedTo) => {
    await cache.getOrLoad(key, load);

    const receipt = await cache.invalidate({ patterns: [pattern] });

    expect(receipt).toEqual({ reach: 'alone', sequence: null, widenedTo });
    expect(await cache.get(key)).toBeUndefined();
  });

  it('leaves values alone that are not meant', async () => {
    await cache.set('x:1:y', 1, { tags: ['red'] });

    for (const what of [
      { keys: ['x:1'] },
      { tags: ['blue'] },
      { entities: [{ entity: 'x', id: '11' }] },
      { patterns: ['x:11:*'] },
    ]) {
      await cache.invalidate(what);
    }

    expect(await cache.get('x:1:y')).toBe(1);
  });

  it('invalidates what was computed from what is invalidated, through any number of steps', async () => {
    await cache.getOrLoad('a:1', load, { tags: ['deep'] });
    await cache.getOrLoad('b:1', load, { dependsOn: ['a:1'] });
    await cache.getOrLoad('c:1', load, { dependsOn: ['b:1'] });
    await cache.invalidate({ tags: ['deep'] });
    expect(await cache.get('c:1')).toBeUndefined();

    await cache.set('c:1', 1, { dependsOn: ['never-cached:1'] });
    await cache.invalidate({ keys: ['never-cached:1'] });
    expect(await cache.get('c:1')).toBeUndefined();
  });

  it.each([
    ['$.at', { at: new Date(0) }],
    ['$.rows[1]', { rows: [1, undefined] }],
    ['$.rows', { rows: [1, , 2] }],
    ['$.size', { size: Number.NaN }],
    ['$', new Map()],
    ['$.big', { big: 1n }],
    ['$.missing', { missing: undefined }],
  ])('refuses a value with something at %s that JSON cannot hold', async (path, value) => {
    await cache.set('x:1', 'old');

    await expect(cache.getOrLoad('x:2', () => Promise.resolve<unknown>(value))).rejects.toMatchObject({
      code: 'CACHE_VALUE_UNSUPPORTED',
      details: { path },
    });
    await expect(cache.set('x:1', value)).rejects.toMatchObject({ code: 'CACHE_VALUE_UNSUPPORTED' });
    expect(await cache.get('x:1')).toBe('old');
  });

  it.each([
    ['CACHE_KEY_INVALID', () => cache.getOrLoad('', load)],
    ['CACHE_KEY_INVALID', () => cache.getOrLoad('half \ud800', load)],
    ['CACHE_TAG_INVALID', () => cache.getOrLoad('x', load, { tags: [''] })],
    ['CACHE_OPTION_INVALID', () => cache.getOrLoad('x', load, { tags: 'red' as unknown as string[] })],
    ['CACHE_OPTION_INVALID', () => cache.getOrLoad('x', load, { dependsOn: '' as unknown as string[] })],
    ['CACHE_OPTION_INVALID', () => cache.getOrLoad('x', load, { ttlMs: Number.NaN })],
    ['CACHE_OPTION_INVALID', () => cache.getOrLoad('x', load, { loadTimeoutMs: 0 })],
    ['CACHE_OPTION_INVALID', () => cache.invalidate({})],
    ['CACHE_PATTERN_INVALID', () => cache.invalidate({ patterns: [''] })],
  ])('refuses bad input with %s', async (code, act) => {
    await expect(act()).rejects.toMatchObject({ code });
  });

  it('refreshes an entry before it expires, at most 20 % ahead', async () => {
    const options = { ttlMs: 10_000 };
    const slow = manual<number>();
    const first = cache.getOrLoad('x:1', slow.load, options);
    await clock.advance(5_000);
    slow.give(1);
    await first;
    await clock.advance(7_400);
    await cache.getOrLoad('x:1', load, options);
    expect(loads).toBe(0);

    for (let tries = 0; tries < 20; tries += 1) {
      await clock.advance(100);
      expect((await cache.read('x:1', load, options)).source).toBe('l1');
      if (loads > 0) break;
    }

    expect(loads).toBe(1);
    expect(cache.statistics.counters.earlyRefreshes).toBe(1);
  });
});
