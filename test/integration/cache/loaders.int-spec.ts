import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { SystemClock } from '../../../src/kernel/clock.js';
import { type CacheInstance, startCache } from '../../support/cache.js';
import { eventually } from '../../support/eventually.js';
import { RedisServer } from '../../support/redis-server.js';

const HOLDER = fileURLToPath(new URL('../../support/hold-cache-lease.ts', import.meta.url));
const LOADER = new URL('../../../scripts/register-ts.mjs', import.meta.url).href;
const LEASE_MS = 200;
const WAITERS = 1_000;
const clock = new SystemClock();

describe('cache on two instances whose loaders fail', () => {
  let server: RedisServer;
  let namespace = '';
  let a: CacheInstance;
  let b: CacheInstance;

  beforeAll(async () => {
    server = await RedisServer.start();
  });
  afterAll(() => server.stop());
  beforeEach(async () => {
    namespace = `loaders-${Math.trunc(performance.now() * 1_000)}`;
    const options = { url: server.url, settings: { namespace, leaseMs: LEASE_MS } };
    [a, b] = await Promise.all([startCache(options), startCache(options)]);
    await eventually(() => expect([a.cache.state.bus, b.cache.state.bus]).toEqual(['live', 'live']));
  });
  afterEach(async () => {
    await Promise.all([a.close(), b.close()]);
  });

  it('calls a loader that throws once for all who wait, and gives them its own error', async () => {
    const error = new TypeError('no such account');
    let loads = 0;
    const load = async (): Promise<never> => {
      loads += 1;
      await clock.sleep(50);
      throw error;
    };

    const outcomes = await Promise.allSettled(
      Array.from({ length: WAITERS }, () => a.cache.getOrLoad('x:1', load)),
    );

    expect(loads).toBe(1);
    expect(outcomes.every((outcome) => outcome.status === 'rejected' && outcome.reason === error)).toBe(true);
    expect(await b.cache.getOrLoad('x:1', () => 2)).toBe(2);
    expect(await a.cache.getOrLoad('x:1', load)).toBe(2);
  });

  it('lets go of a loader that hangs: readers get a typed error, the loader a signal, others the lease', async () => {
    let signal: AbortSignal | undefined;
    const hang = (context: { signal: AbortSignal }): Promise<never> => {
      signal = context.signal;
      return new Promise(() => undefined);
    };
    const startedAt = performance.now();

    const outcomes = await Promise.allSettled(
      Array.from({ length: 10 }, () => a.cache.getOrLoad('x:1', hang, { loadTimeoutMs: 150 })),
    );

    expect(performance.now() - startedAt).toBeLessThan(1_000);
    for (const outcome of outcomes) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'CACHE_LOAD_TIMEOUT' } });
    }
    expect(signal?.aborted).toBe(true);
    const askedAt = performance.now();
    expect(await b.cache.getOrLoad('x:1', () => 2)).toBe(2);
    expect(performance.now() - askedAt).toBeLessThan(LEASE_MS);
  });

  it('keeps the lease for a loader that is slower than it', async () => {
    let loads = 0;
    const load = async (): Promise<number> => {
      loads += 1;
      await clock.sleep(5 * LEASE_MS);
      return loads;
    };

    const values = await Promise.all([a, b].map(({ cache }) => cache.getOrLoad('x:1', load)));

    expect([loads, values]).toEqual([1, [1, 1]]);
  });

  it('loads a value whose loader was killed with its process, after the lease at the latest', async () => {
    const args = ['--import', LOADER, HOLDER, server.url, namespace, 'x:1', String(LEASE_MS)];
    const holder = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    await once(holder, 'message');
    holder.kill('SIGKILL');
    await once(holder, 'exit');
    const startedAt = performance.now();

    const values = await Promise.all([a, b].map(({ cache }) => cache.getOrLoad('x:1', () => 7)));

    expect(values).toEqual([7, 7]);
    expect(performance.now() - startedAt).toBeLessThan(LEASE_MS + 300);
  });
});
