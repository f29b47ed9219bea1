import { readSettings } from '../../../src/config/index.js';
import { SystemClock } from '../../../src/kernel/clock.js';
import { RandomIds } from '../../../src/kernel/ids.js';
import type { CacheWarmer, WarmupRun } from '../../../src/cache/index.js';
import { createCache } from '../../../src/cache/index.js';
import { redisKeys } from '../../../src/cache/values/redis-keys.js';
import { createWarmer } from '../../../src/cache/warming/create-warmer.js';
import { ConnectedRedis } from '../../../src/platform/redis/connected-redis.js';
import { createClients } from '../../../src/platform/redis/redis-clients.js';
import { MetricRegistry } from '../../../src/platform/telemetry/index.js';
import { CollectingLogger } from '../../support/collecting-logger.js';
import { eventually } from '../../support/eventually.js';
import { RedisServer } from '../../support/redis-server.js';

const clock = new SystemClock();

/** An instance of the application as far as warming goes. */
interface Instance {
  readonly warmer: CacheWarmer;
  readonly redis: ConnectedRedis;
  /** Values loaded here. */
  readonly loaded: string[];
  /** Loads wait until it is called. */
  release(): void;
  /** As a crash would: nothing is said to anybody. */
  die(): Promise<void>;
  close(): Promise<void>;
}

async function startInstance(url: string, namespace: string): Promise<Instance> {
  const settings = readSettings({ REDIS_URL: url, CACHE_NAMESPACE: namespace });
  const [ids, logger] = [new RandomIds(), new CollectingLogger()];
  const clients = createClients(settings.redis, ids);
  if (clients === undefined) throw new TypeError('no Redis');
  const redis = new ConnectedRedis(clients, clock, logger);
  await redis.onModuleInit();
  const around = { config: settings.cache, redis, clock, ids, logger, registry: new MetricRegistry() };
  const running = createCache(around);
  await running.start();
  const warming = createWarmer(running.cache, around);
  let release: () => void = () => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  const loaded: string[] = [];
  const items = ['item:1', 'item:2', 'item:3'].map((key) => ({
    key,
    load: async () => {
      await released;
      loaded.push(key);
      return 1;
    },
  }));
  warming.warmer.registry.register({
    name: 'items',
    strategies: ['CRITICAL_ONLY'],
    priority: 1,
    items: () => Promise.resolve(items),
  });
  return {
    warmer: warming.warmer,
    redis,
    loaded,
    release,
    die: () => redis.onApplicationShutdown(),
    close: async () => {
      release();
      await warming.stop();
      await running.stop();
      await redis.onApplicationShutdown();
    },
  };
}

describe('warming on two instances with Redis', () => {
  let server: RedisServer;
  let a: Instance;
  let b: Instance;
  let namespaces = 0;
  let warmupKey: string;

  beforeAll(async () => {
    server = await RedisServer.start();
  });
  afterAll(() => server.stop());
  beforeEach(async () => {
    namespaces += 1;
    const namespace = `warming-${namespaces}`;
    warmupKey = redisKeys(namespace).warmup;
    [a, b] = await Promise.all([startInstance(server.url, namespace), startInstance(server.url, namespace)]);
    await eventually(() => expect([a.redis.state, b.redis.state]).toEqual(['connected', 'connected']));
  });
  afterEach(async () => {
    await Promise.all([a.close(), b.close()]);
  });

  const runOn = async ({ warmer }: Instance): Promise<WarmupRun | null> => (await warmer.status()).run;

  it('lets one instance warm, and the other answers the same run and its progress', async () => {
    const [first, second] = await Promise.all([
      a.warmer.start('CRITICAL_ONLY'),
      b.warmer.start('CRITICAL_ONLY'),
    ]);
    const third = await b.warmer.start('COMPREHENSIVE');

    expect(new Set([first.runId, second.runId, third.runId]).size).toBe(1);
    expect(third.strategy).toBe('CRITICAL_ONLY');
    await eventually(async () => {
      for (const instance of [a, b])
        expect(await runOn(instance)).toMatchObject({ runId: first.runId, state: 'running', total: 3 });
    });

    a.release();
    b.release();
    await eventually(async () => {
      for (const instance of [a, b])
        expect(await runOn(instance)).toMatchObject({ runId: first.runId, state: 'succeeded', done: 3 });
    });
    expect([...a.loaded, ...b.loaded].sort()).toEqual(['item:1', 'item:2', 'item:3']);
  });

  it('lets the other one warm at once when a run has ended', async () => {
    a.release();
    b.release();
    const { runId } = await a.warmer.start('CRITICAL_ONLY');
    await eventually(async () => expect(await runOn(b)).toMatchObject({ runId, state: 'succeeded' }));

    const next = await b.warmer.start('CRITICAL_ONLY');

    expect(next.runId).not.toBe(runId);
    await eventually(async () =>
      expect(await runOn(a)).toMatchObject({ runId: next.runId, state: 'succeeded' }),
    );
  });

  it('lets the other one warm within seconds when the holder dies, and shows the lost run as interrupted', async () => {
    b.release();
    const { runId } = await a.warmer.start('CRITICAL_ONLY');
    await eventually(async () => expect(await runOn(b)).toMatchObject({ runId, state: 'running', total: 3 }));
    const diedAtMs = clock.monotonic();
    await a.die();

    expect((await b.warmer.start('CRITICAL_ONLY')).runId).toBe(runId);
    await eventually(async () =>
      expect(await runOn(b)).toMatchObject({ runId, state: 'interrupted', etaMs: null }),
    );
    const next = await b.warmer.start('CRITICAL_ONLY');

    expect(next.runId).not.toBe(runId);
    expect(clock.monotonic() - diedAtMs).toBeLessThan(25_000);
    await eventually(async () => expect(await runOn(b)).toMatchObject({ state: 'succeeded', done: 3 }));
  });

  it('keeps the run of a slow holder for as long as it lives', async () => {
    const { runId } = await a.warmer.start('CRITICAL_ONLY');
    const remainingMs = (): Promise<number> => b.redis.run((commands) => commands.pttl(warmupKey));

    // It has run down for a while, and is long again.
    await eventually(async () => expect(await remainingMs()).toBeLessThan(4_300));
    await eventually(async () => expect(await remainingMs()).toBeGreaterThan(4_700));

    expect((await b.warmer.start('CRITICAL_ONLY')).runId).toBe(runId);
  });

  it.each([
    ['text', (key: string) => b.redis.run((commands) => commands.set(key, 'no run'))],
    ['a list', (key: string) => b.redis.run((commands) => commands.lpush(key, 'no run'))],
  ])('is not kept from warming by %s in the place of the run', async (_, write) => {
    await write(warmupKey);
    a.release();

    const { runId } = await a.warmer.start('CRITICAL_ONLY');

    await eventually(async () => expect(await runOn(b)).toMatchObject({ runId, state: 'succeeded' }));
  });

  it('goes on when Redis is lost in the middle, says so, and shows its end', async () => {
    const { runId } = await a.warmer.start('CRITICAL_ONLY');
    await eventually(async () => expect(await runOn(a)).toMatchObject({ total: 3, isShared: true }));
    await server.kill();
    try {
      await eventually(async () =>
        expect(await runOn(a)).toMatchObject({ state: 'running', isShared: false }),
      );
      a.release();
      await eventually(async () =>
        expect(await runOn(a)).toMatchObject({ runId, state: 'succeeded', done: 3 }),
      );
    } finally {
      await server.start();
    }
    await eventually(() => expect(a.redis.state).toBe('connected'));

    expect(await runOn(a)).toMatchObject({ runId, state: 'succeeded', isShared: false });
  });

  it('shows the run made without Redis as the last one, though Redis remembers an older one', async () => {
    for (const instance of [a, b]) instance.release();
    const older = await b.warmer.start('CRITICAL_ONLY');
    await eventually(async () =>
      expect(await runOn(a)).toMatchObject({ runId: older.runId, state: 'succeeded' }),
    );
    server.freeze();
    let newer: WarmupRun;
    try {
      await eventually(() => expect(a.redis.state).toBe('disconnected'));
      newer = await a.warmer.start('CRITICAL_ONLY');
      await eventually(async () => expect(await runOn(a)).toMatchObject({ state: 'succeeded' }));
    } finally {
      server.thaw();
    }
    await eventually(() => expect(a.redis.state).toBe('connected'));

    expect(await runOn(a)).toMatchObject({ runId: newer.runId, state: 'succeeded' });
  });
});
