import { redisKeys } from '../../../src/cache/values/redis-keys.js';
import { type CacheInstance, startCache } from '../../support/cache.js';
import { eventually } from '../../support/eventually.js';
import { RedisCluster } from '../../support/redis-cluster.js';

const NAMESPACE = 'cluster';
const KEYS = redisKeys(NAMESPACE);
const OUTAGE_STALE_MS = 2_500;
/** A node that is gone costs a few command timeouts of 100 ms until the breaker opens. */
const COLD_MS = 1_000;

describe('cache on two instances with a Redis Cluster', () => {
  let cluster: RedisCluster;
  let a: CacheInstance;
  let b: CacheInstance;
  let version = 1;
  let loads = 0;
  const load = (): Promise<number> => {
    loads += 1;
    return Promise.resolve(version);
  };

  beforeEach(async () => {
    [version, loads] = [1, 0];
    cluster = await RedisCluster.start();
    const options = {
      clusterNodes: cluster.addresses,
      settings: { namespace: NAMESPACE, outageStaleMs: OUTAGE_STALE_MS },
    };
    [a, b] = await Promise.all([startCache(options), startCache(options)]);
    await untilLive();
  });
  afterEach(async () => {
    await Promise.all([a.close(), b.close()]);
    await cluster.stop();
  });

  function untilLive(): Promise<void> {
    return eventually(() => expect([a.cache.state.bus, b.cache.state.bus]).toEqual(['live', 'live']));
  }

  const keys = Array.from({ length: 100 }, (_, index) => `x:${index}`);
  const readAll = ({ cache }: CacheInstance): Promise<number[]> =>
    Promise.all(keys.map((key) => cache.getOrLoad(key, load, { tags: ['red'] })));

  it('loads a value once for both, whatever node has it, and drops all copies of a tag', async () => {
    await Promise.all([readAll(a), readAll(b)]);
    // A command that is too slow on a busy machine is no reason to wait: its value is loaded once more. Without the
    // leases it would be two loads a key and version.
    expect(loads).toBeLessThan(1.8 * keys.length);
    const stored = await Promise.all(cluster.nodes.map(({ admin }) => admin.dbsize()));
    expect(Math.min(...stored)).toBeGreaterThan(10);

    version = 2;
    expect((await a.cache.invalidate({ tags: ['red'] })).sequence).not.toBeNull();

    expect(new Set(await readAll(a))).toEqual(new Set([2]));
    await eventually(async () => expect(new Set(await readAll(b))).toEqual(new Set([2])));
    expect(loads).toBeLessThan(3.6 * keys.length);
  });

  it('answers what a killed node had from its loaders, and goes on invalidating', async () => {
    const log = await cluster.masterOf(KEYS.log);
    const lost = cluster.nodes.find((node) => node !== log);
    await readAll(a);
    await readAll(b);
    await lost?.server.kill();

    version = 2;
    await a.cache.invalidate({ tags: ['red'] });
    const startedAt = performance.now();
    expect(new Set(await readAll(a))).toEqual(new Set([2]));
    expect(performance.now() - startedAt).toBeLessThan(COLD_MS);
    await eventually(async () => expect(new Set(await readAll(b))).toEqual(new Set([2])));
  });

  it('is as without Redis while the node of the invalidations is gone, and begins anew when it is back', async () => {
    await readAll(a);
    await readAll(b);
    const { epoch } = a.cache.state;
    const log = await cluster.masterOf(KEYS.log);
    await log.server.kill();
    await eventually(() => expect([a.cache.state.bus, b.cache.state.bus]).not.toContain('live'));

    version = 2;
    const changedAt = performance.now();
    await a.cache.invalidate({ tags: ['red'] });
    expect(new Set(await readAll(a))).toEqual(new Set([2]));
    await eventually(async () => expect(new Set(await readAll(b))).toEqual(new Set([2])));
    expect(performance.now() - changedAt).toBeLessThan(OUTAGE_STALE_MS + 500);

    await log.server.start();
    await untilLive();
    await eventually(() => expect(b.cache.state.epoch).toBe(a.cache.state.epoch));
    expect(a.cache.state.epoch).not.toBe(epoch);
    version = 3;
    await b.cache.invalidate({ tags: ['red'] });
    await eventually(async () => expect(new Set(await readAll(a))).toEqual(new Set([3])));
  });
});
