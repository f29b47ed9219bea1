import { Redis } from 'ioredis';
import { redisKeys } from '../../../src/cache/values/redis-keys.js';
import { type CacheInstance, startCache } from '../../support/cache.js';
import { eventually } from '../../support/eventually.js';
import { LateRedis } from '../../support/late-redis.js';
import { RedisServer } from '../../support/redis-server.js';

const LATE_MS = 200;
const SETTLED_MS = 2 * LATE_MS;

describe('cache on an instance that hears of invalidations late', () => {
  let server: RedisServer;
  let prompt: CacheInstance;
  let late: CacheInstance;
  let lateLink: LateRedis | undefined;
  let admin: Redis;
  let namespace = '';
  let version = 0;
  const load = (): Promise<number> => Promise.resolve(version);

  beforeAll(async () => {
    server = await RedisServer.start();
    admin = new Redis(server.url);
  });
  afterAll(async () => {
    admin.disconnect();
    await server.stop();
  });
  beforeEach(async () => {
    version = 1;
    const url = server.url;
    namespace = `late-${Math.trunc(performance.now() * 1_000)}`;
    const settings = { namespace };
    prompt = await startCache({ url, settings });
    late = await startCache({ url, settings, wrap: (redis) => (lateLink = new LateRedis(redis)) });
    await eventually(() => expect([prompt.cache.state.bus, late.cache.state.bus]).toEqual(['live', 'live']));
    if (lateLink) lateLink.delayMs = LATE_MS;
  });
  afterEach(async () => {
    await Promise.all([prompt.close(), late.close()]);
  });

  it.each([
    ['is not kept', { ttlMs: 0 }, 0],
    ['lost its lease', {}, 1],
  ])('gives no late reader a computed value that was overtaken, when it %s', async (_, options, refused) => {
    const { cache } = prompt;
    const base = (): Promise<number> => cache.getOrLoad('base:1', load, { tags: ['deep'] });
    let finish: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (finish = resolve));
    const slow = async (): Promise<number> => {
      const value = await base();
      await held;
      return value;
    };
    const early = cache.getOrLoad('total:1', slow, { dependsOn: ['base:1'], ...options });
    await eventually(async () => expect(await cache.get('base:1')).toBe(1));
    if (refused > 0) await admin.del(redisKeys(namespace).lease('total:1'));
    version = 2;
    await cache.invalidate({ tags: ['deep'] });

    const after = cache.getOrLoad('total:1', base, { dependsOn: ['base:1'], ...options });
    finish();

    expect(await Promise.all([early, after])).toEqual([1, 2]);
    expect(cache.statistics.counters.refusedFills).toBe(refused);
  });

  it.each([
    ['the key', { keys: ['base:1'] }],
    ['a tag', { tags: ['red'] }],
  ])('keeps nothing that was computed from a value of which %s was invalidated', async (_, what) => {
    const base = (): Promise<number> => late.cache.getOrLoad('base:1', load, { tags: ['red'] });
    await base();
    version = 2;
    expect((await prompt.cache.invalidate(what)).sequence).not.toBeNull();

    // The old base is still in memory: the message is on its way.
    expect(await late.cache.getOrLoad('total:1', base, { dependsOn: ['base:1'] })).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, SETTLED_MS));

    expect(await late.cache.getOrLoad('total:1', base, { dependsOn: ['base:1'] })).toBe(2);
    expect(await prompt.cache.getOrLoad('total:1', base, { dependsOn: ['base:1'] })).toBe(2);
  });
});
