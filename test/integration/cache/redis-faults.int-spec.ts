import { Redis } from 'ioredis';
import { redisKeys } from '../../../src/cache/values/redis-keys.js';
import { type CacheInstance, startCache } from '../../support/cache.js';
import { eventually } from '../../support/eventually.js';
import { RedisServer } from '../../support/redis-server.js';

/** Longer than silence goes unnoticed. */
const OUTAGE_STALE_MS = 2_500;
/** A read without Redis may pay a few command timeouts of 100 ms until the breaker opens. */
const COLD_MS = 500;
const NAMESPACE = 'faults';
const KEYS = redisKeys(NAMESPACE);

describe('cache on two instances whose Redis fails', () => {
  let server: RedisServer;
  let admin: Redis;
  let a: CacheInstance;
  let b: CacheInstance;
  let version = 1;
  const load = (): Promise<number> => Promise.resolve(version);

  beforeEach(async () => {
    version = 1;
    server = await RedisServer.start();
    admin = new Redis(server.url, { retryStrategy: () => 20, maxRetriesPerRequest: null });
    admin.on('error', () => undefined);
    const settings = { namespace: NAMESPACE, outageStaleMs: OUTAGE_STALE_MS };
    [a, b] = await Promise.all([
      startCache({ url: server.url, settings }),
      startCache({ url: server.url, settings }),
    ]);
    await untilLive();
  });
  afterEach(async () => {
    await Promise.all([a.close(), b.close()]);
    admin.disconnect();
    await server.stop();
  });

  function untilLive(): Promise<void> {
    return eventually(() => expect([a.cache.state.bus, b.cache.state.bus]).toEqual(['live', 'live']));
  }

  /** Reads cold keys one after another, and answers how long the slowest took. */
  async function slowestColdRead(prefix: string): Promise<number> {
    let slowestMs = 0;
    for (let index = 0; index < 20; index += 1) {
      const startedAt = performance.now();
      expect(await a.cache.getOrLoad(`${prefix}:${index}`, load)).toBe(version);
      slowestMs = Math.max(slowestMs, performance.now() - startedAt);
    }
    return slowestMs;
  }

  /** What was loaded before is gone everywhere: for instances that were there, and for one that comes. */
  async function expectAllRead(expected: number, key: string): Promise<void> {
    const c = await startCache({ url: server.url, settings: { namespace: NAMESPACE } });
    try {
      await eventually(async () => {
        const read = [a, b, c].map(({ cache }) => cache.getOrLoad(key, load));
        expect(await Promise.all(read)).toEqual([expected, expected, expected]);
      });
    } finally {
      await c.close();
    }
  }

  it.each([
    ['killed', () => server.kill()],
    [
      'frozen',
      () => {
        server.freeze();
        return Promise.resolve();
      },
    ],
  ])('answers all reads while Redis is %s, cold ones without much delay', async (_, fail) => {
    await a.cache.getOrLoad('x:1', load);
    await fail();

    expect(await slowestColdRead('cold')).toBeLessThan(COLD_MS);
    await eventually(() => expect(a.cache.state.bus).toBe('cut-off'));

    expect(await slowestColdRead('colder')).toBeLessThan(COLD_MS / 2);
    expect((await a.cache.read('x:1', load)).source).toBe('l1');
    version = 2;
    expect((await a.cache.invalidate({ keys: ['x:1'] })).reach).toBe('later');
    expect(await a.cache.getOrLoad('x:1', load)).toBe(2);
  });

  it('answers what others may have changed no longer than agreed while it is cut off', async () => {
    await b.cache.getOrLoad('x:1', load);
    server.freeze();
    version = 2;
    const changedAt = performance.now();
    await a.cache.invalidate({ keys: ['x:1'] });

    // The first read past half of that time sees it refreshed; no read past the whole sees the old value.
    await eventually(async () => expect(await b.cache.getOrLoad('x:1', load)).toBe(2));

    expect(performance.now() - changedAt).toBeLessThan(OUTAGE_STALE_MS + 200);
  });

  it('adds no time of the outage to what is computed from others', async () => {
    const base = (): Promise<number> => b.cache.getOrLoad('base:1', load);
    const total = (): Promise<number> => b.cache.getOrLoad('total:1', base, { dependsOn: ['base:1'] });
    const grand = (): Promise<number> => b.cache.getOrLoad('grand:1', total, { dependsOn: ['total:1'] });
    await base();
    server.freeze();
    version = 2;
    const changedAt = performance.now();
    await a.cache.invalidate({ keys: ['base:1'] });
    await eventually(() => expect(b.cache.state.bus).toBe('cut-off'));

    expect(await grand()).toBe(1);
    await eventually(async () => expect(await grand()).toBe(2));

    expect(performance.now() - changedAt).toBeLessThan(OUTAGE_STALE_MS + 200);
  });

  it('keeps values in the process when there is no Redis from the beginning', async () => {
    const { port } = await RedisServer.start().then(async (gone) => {
      await gone.stop();
      return gone;
    });
    const alone = await startCache({ url: `redis://127.0.0.1:${port}`, settings: { namespace: NAMESPACE } });

    await alone.cache.getOrLoad('x:1', load);

    expect((await alone.cache.read('x:1', load)).source).toBe('l1');
    expect((await alone.cache.invalidate({ keys: ['x:1'] })).reach).toBe('later');
    expect((await alone.cache.read('x:1', load)).source).toBe('loader');
    await alone.close();
  });

  it('tells everybody what was invalidated while Redis was frozen, when it is back', async () => {
    await Promise.all([a.cache.getOrLoad('x:1', load), b.cache.getOrLoad('x:1', load)]);
    server.freeze();
    version = 2;
    await a.cache.invalidate({ keys: ['x:1'], tags: ['red'] });
    expect(a.cache.state.journalled).toBeGreaterThan(0);

    server.thaw();
    await untilLive();

    await expectAllRead(2, 'x:1');
    expect(a.cache.state.journalled).toBe(0);
  });

  it.each([
    ['flushed', () => admin.flushall()],
    [
      'restarted empty',
      async () => {
        await server.kill();
        await server.start();
      },
    ],
  ])('shares values and invalidations again after Redis was %s', async (_, fail) => {
    await Promise.all([a.cache.getOrLoad('x:1', load), b.cache.getOrLoad('x:1', load)]);
    const { epoch } = a.cache.state;
    await fail();
    version = 2;
    await a.cache.invalidate({ keys: ['x:1'] });
    await eventually(() => expect(b.cache.state.epoch).not.toBe(epoch));
    await untilLive();

    await expectAllRead(2, 'x:1');
    await a.cache.getOrLoad('x:2', load);
    expect((await b.cache.read('x:2', load)).source).toBe('l2');
  });

  it('believes nothing in a Redis that came back with an old snapshot', async () => {
    await Promise.all([a.cache.getOrLoad('x:1', load, { tags: ['red'] }), a.cache.getOrLoad('x:2', load)]);
    await admin.save();
    version = 2;
    await a.cache.invalidate({ keys: ['x:2'], tags: ['red'] });
    const { epoch } = a.cache.state;

    await server.kill();
    await server.start();
    await eventually(() => expect([a.cache.state.epoch, b.cache.state.epoch]).not.toContain(epoch));
    await untilLive();

    expect(await admin.exists(KEYS.value('x:1'), KEYS.value('x:2'))).toBe(2);
    await expectAllRead(2, 'x:1');
    await expectAllRead(2, 'x:2');
  });

  it('goes on with a full Redis: invalidations are taken, values stay in the process', async () => {
    await Promise.all([a.cache.getOrLoad('x:1', load), b.cache.getOrLoad('x:1', load)]);
    await admin.config('SET', 'maxmemory', '1');

    version = 2;
    const { sequence } = await a.cache.invalidate({ keys: ['x:1'] });
    expect(sequence).not.toBeNull();
    await expectAllRead(2, 'x:1');
    expect(await slowestColdRead('cold')).toBeLessThan(COLD_MS);
    expect([a.cache.state.bus, b.cache.state.bus]).toEqual(['live', 'live']);

    await admin.config('SET', 'maxmemory', '0');
    await a.cache.getOrLoad('x:3', load);
    expect((await b.cache.read('x:3', load)).source).toBe('l2');
  });

  it('notices when a full Redis evicts anything, the clock included', async () => {
    await Promise.all([a.cache.getOrLoad('x:1', load), b.cache.getOrLoad('x:1', load)]);
    const { epoch } = a.cache.state;
    await admin.config('SET', 'maxmemory-policy', 'allkeys-lru');
    const used = Number(/used_memory:(\d+)/.exec(await admin.info('memory'))?.[1]);
    await admin.config('SET', 'maxmemory', String(used + 1_000_000));
    const junk = 'x'.repeat(20_000);

    for (let index = 0; (await admin.exists(KEYS.clock)) === 1 && index < 500; index += 1) {
      await admin.set(`junk:${index}`, junk);
    }
    version = 2;
    await a.cache.invalidate({ keys: ['x:1'] });

    expect(a.cache.state.epoch).not.toBe(epoch);
    await expectAllRead(2, 'x:1');
    for (version = 3; version < 30; version += 1) {
      await admin.set(`junk:${version}`, junk);
      await a.cache.invalidate({ keys: ['x:1'] });
      await eventually(async () => expect(await b.cache.getOrLoad('x:1', load)).toBe(version));
    }
  });
});
