import { SystemClock } from '../../../src/kernel/clock.js';
import { type CacheInstance, startCache } from '../../support/cache.js';
import { eventually } from '../../support/eventually.js';
import { RedisServer } from '../../support/redis-server.js';

const DAY_MS = 86_400_000;

/** A wall clock that somebody sets; the monotonic one goes on. */
class JumpingClock extends SystemClock {
  offsetMs = 0;

  override now(): Date {
    return new Date(super.now().getTime() + this.offsetMs);
  }
}

describe.each([
  ['forward', 400 * DAY_MS],
  ['back', -400 * DAY_MS],
])('cache on an instance whose wall clock jumps %s', (_, offsetMs) => {
  let server: RedisServer;
  let clock: JumpingClock;
  let jumping: CacheInstance;
  let steady: CacheInstance;

  beforeAll(async () => {
    server = await RedisServer.start();
  });
  afterAll(() => server.stop());
  beforeEach(async () => {
    clock = new JumpingClock();
    const settings = { namespace: `jumps-${Math.trunc(performance.now() * 1_000)}` };
    jumping = await startCache({ url: server.url, settings, clock });
    steady = await startCache({ url: server.url, settings });
    await eventually(() =>
      expect([jumping.cache.state.bus, steady.cache.state.bus]).toEqual(['live', 'live']),
    );
  });
  afterEach(async () => {
    await Promise.all([jumping.close(), steady.close()]);
  });

  it('keeps values as long as asked, in both tiers', async () => {
    await jumping.cache.getOrLoad('x:1', () => 1, { ttlMs: 60_000 });
    await steady.cache.getOrLoad('x:2', () => 1, { ttlMs: 60_000 });

    clock.offsetMs = offsetMs;

    expect((await jumping.cache.read('x:1', () => 2)).source).toBe('l1');
    expect((await jumping.cache.read('x:2', () => 2)).source).toBe('l2');
    await jumping.cache.getOrLoad('x:3', () => 1, { ttlMs: 60_000 });
    const read = await steady.cache.read('x:3', () => 2);
    expect(read.source).toBe('l2');
    expect(read.ageMs).toBeLessThan(5_000);
  });

  it('keeps them no longer', async () => {
    clock.offsetMs = offsetMs;
    const options = { ttlMs: 300, isEarlyRefreshed: false };
    await jumping.cache.getOrLoad('x:1', () => 1, options);
    await steady.cache.getOrLoad('x:2', () => 1, options);
    await jumping.cache.getOrLoad('x:2', () => 1, options);

    for (const key of ['x:1', 'x:2']) {
      for (const { cache } of [jumping, steady]) {
        await eventually(async () => expect(await cache.get(key)).toBeUndefined());
      }
    }
  });

  it('hears and tells invalidations', async () => {
    await jumping.cache.getOrLoad('x:1', () => 1, { tags: ['red'] });
    await steady.cache.getOrLoad('x:2', () => 1, { tags: ['blue'] });
    await jumping.cache.getOrLoad('x:2', () => 1, { tags: ['blue'] });
    clock.offsetMs = offsetMs;

    await jumping.cache.invalidate({ tags: ['red'] });
    await steady.cache.invalidate({ tags: ['blue'] });

    expect(await steady.cache.getOrLoad('x:1', () => 2, { tags: ['red'] })).toBe(2);
    await eventually(async () =>
      expect(await jumping.cache.getOrLoad('x:2', () => 2, { tags: ['blue'] })).toBe(2),
    );
    expect(jumping.cache.state.bus).toBe('live');
  });
});
