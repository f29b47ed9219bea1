import { CollectingLogger } from '../../../test/support/collecting-logger.js';
import { CountingIds } from '../../../test/support/counting-ids.js';
import { FakeClock } from '../../../test/support/fake-clock.js';
import { AbsentRedis } from '../../platform/redis/index.js';
import { MetricRegistry } from '../../platform/telemetry/index.js';
import { CacheLoadTimeoutError, CacheValueError } from '../errors.js';
import type { EntryOptions, Loader } from '../loading/entry-policy.js';
import { CacheWarmer } from './cache-warmer.js';
import { WarmupBoard } from './warmup-board.js';
import { WarmupMetrics } from './warmup-metrics.js';
import { WarmupRegistry } from './warmup-registry.js';
import { WarmupRunner, type WarmTarget } from './warmup-runner.js';
import type { WarmupContext, WarmupTask } from './warmup-task.js';

/** A cache that remembers what it was asked to warm. Loads take `loadMs` on the clock of the test. */
class RecordingTarget implements WarmTarget {
  readonly warmed: { readonly key: string; readonly ttlMs: number | undefined }[] = [];
  loadMs = 0;
  active = 0;
  mostActive = 0;

  constructor(private readonly clock: FakeClock) {}

  async warm(key: string, load: Loader<unknown>, options: EntryOptions = {}): Promise<void> {
    this.active += 1;
    this.mostActive = Math.max(this.mostActive, this.active);
    try {
      if (this.loadMs > 0) await this.clock.sleep(this.loadMs);
      await load({ signal: new AbortController().signal });
      this.warmed.push({ key, ttlMs: options.ttlMs });
    } finally {
      this.active -= 1;
    }
  }

  get keys(): string[] {
    return this.warmed.map(({ key }) => key);
  }
}

describe('CacheWarmer without Redis', () => {
  let clock: FakeClock;
  let target: RecordingTarget;
  let metrics: MetricRegistry;
  let warmer: CacheWarmer;
  beforeEach(() => {
    clock = new FakeClock();
    target = new RecordingTarget(clock);
    metrics = new MetricRegistry();
    const [ids, logger] = [new CountingIds(), new CollectingLogger()];
    const redis = new AbsentRedis(logger);
    const registry = new WarmupRegistry();
    warmer = new CacheWarmer({
      registry,
      runner: new WarmupRunner({ target, concurrency: 2, clock, ids, logger }),
      board: new WarmupBoard(redis, { warmup: 'warmup', lastWarmup: 'last' }),
      redis,
      metrics: new WarmupMetrics(metrics),
      clock,
      ids,
      logger,
    });
  });

  /** A task with as many values as loaders are given. */
  function register(
    name: string,
    task: Partial<WarmupTask>,
    loads: readonly Loader<unknown>[] = [() => 1],
  ): void {
    const items = loads.map((load, i) => ({ key: `${name}:${i}`, load, options: { ttlMs: 77 } }));
    warmer.registry.register({
      name,
      strategies: ['CRITICAL_ONLY'],
      priority: 0,
      items: () => Promise.resolve(items),
      ...task,
    });
  }

  async function runOf(strategy: Parameters<CacheWarmer['start']>[0]): Promise<unknown> {
    await warmer.start(strategy);
    await clock.advance(60_000);
    return (await warmer.status()).run;
  }

  const counted = (name: string): unknown =>
    metrics
      .counters()
      .find((counter) => counter.name === name)
      ?.samples();

  it('is idle before the first run', async () => {
    expect(await warmer.status()).toEqual({ state: 'idle', run: null });
  });

  it('runs the tasks of the strategy alone, the most important first', async () => {
    register('low', { priority: 1 });
    register('other', { strategies: ['HIGH_FREQUENCY'], priority: 99 });
    register('high', { priority: 9 });

    await runOf('CRITICAL_ONLY');

    expect(target.keys).toEqual(['high:0', 'low:0']);
  });

  it.each([
    ['CRITICAL_ONLY', 300_000],
    ['HIGH_FREQUENCY', 300_000],
    ['RECENT_DATA', 600_000],
    ['COMPREHENSIVE', 77],
  ] as const)('keeps what %s warms for %i ms', async (strategy, ttlMs) => {
    register('all', { strategies: ['CRITICAL_ONLY', 'HIGH_FREQUENCY', 'RECENT_DATA'] });

    await runOf(strategy);

    expect(target.warmed).toEqual([{ key: 'all:0', ttlMs }]);
  });

  it('reaches 7 days back for RECENT_DATA, and without end for the others', async () => {
    const seen: WarmupContext[] = [];
    const items: WarmupTask['items'] = (context) => {
      seen.push(context);
      return Promise.resolve([]);
    };
    register('all', { strategies: ['RECENT_DATA'], items });

    await runOf('RECENT_DATA');
    await runOf('COMPREHENSIVE');

    expect(seen.map(({ since }) => since?.toISOString())).toEqual(['2025-12-25T00:00:00.000Z', undefined]);
  });

  it('loads no more values at once than it may', async () => {
    target.loadMs = 100;
    register(
      'many',
      {},
      Array.from({ length: 9 }, () => () => 1),
    );

    await runOf('CRITICAL_ONLY');

    expect([target.mostActive, target.keys.length]).toEqual([2, 9]);
  });

  it('answers the run under way to a second start', async () => {
    target.loadMs = 100;
    register('slow', {});

    const [first, second] = await Promise.all([warmer.start('CRITICAL_ONLY'), warmer.start('COMPREHENSIVE')]);
    await clock.advance(1_000);
    const third = await warmer.start('CRITICAL_ONLY');

    expect([second.runId, second.strategy]).toEqual([first.runId, 'CRITICAL_ONLY']);
    expect(third.runId).not.toBe(first.runId);
  });

  it('tells how far it is, and when it will end from the pace so far', async () => {
    target.loadMs = 100;
    register(
      'many',
      {},
      Array.from({ length: 8 }, () => () => 1),
    );
    await warmer.start('CRITICAL_ONLY');

    await clock.advance(100);
    const { state, run } = await warmer.status();

    expect(state).toBe('running');
    expect(run).toMatchObject({ total: 8, done: 2, failed: 0, percent: 25, etaMs: 300 });
    await clock.advance(300);
    expect((await warmer.status()).run).toMatchObject({
      state: 'succeeded',
      done: 8,
      percent: 100,
      etaMs: null,
      finishedAt: '2026-01-01T00:00:00.400Z',
    });
  });

  it('tries again what failed, later and later', async () => {
    const triedAtMs: number[] = [];
    register('flaky', {}, [
      () => {
        triedAtMs.push(clock.monotonic());
        if (triedAtMs.length < 3) throw new CacheLoadTimeoutError('x', 1);
        return 1;
      },
    ]);

    expect(await runOf('CRITICAL_ONLY')).toMatchObject({ state: 'succeeded', done: 1, failed: 0 });
    expect(triedAtMs).toEqual([0, 75, 225]);
  });

  it('gives up in the end, goes on with the rest, and says what failed without the text of foreign errors', async () => {
    const broken = (): never => {
      throw new TypeError('connect postgres://user:secret@host');
    };
    register('broken', { priority: 5 }, [broken]);
    register('fine', {});

    const run = await runOf('CRITICAL_ONLY');

    expect(run).toMatchObject({
      state: 'partly-failed',
      done: 1,
      failed: 1,
      failures: [{ task: 'broken', code: 'UNEXPECTED' }],
    });
    expect(JSON.stringify(run)).not.toContain('secret');
  });

  it('does not try again what is wrong with the value itself', async () => {
    let tries = 0;
    const unsupported = (): never => {
      tries += 1;
      throw new CacheValueError('$', 'a Date');
    };
    register('wrong', {}, [unsupported]);

    expect(await runOf('CRITICAL_ONLY')).toMatchObject({
      state: 'failed',
      failures: [{ task: 'wrong', code: 'CACHE_VALUE_UNSUPPORTED' }],
    });
    expect(tries).toBe(1);
  });

  it('shows the shape of a key that failed, for keys name tenants', async () => {
    warmer.registry.register({
      name: 'private',
      strategies: ['CRITICAL_ONLY'],
      priority: 0,
      items: () =>
        Promise.resolve([
          {
            key: 'stats:tenant-7:abc',
            load: () => {
              throw new CacheValueError('$', 'a Date');
            },
          },
        ]),
    });

    expect(await runOf('CRITICAL_ONLY')).toMatchObject({ failures: [{ key: 'stats:*:*' }] });
  });

  it.each([
    ['throws', () => Promise.reject(new TypeError('no')), 'UNEXPECTED'],
    ['never answers', () => new Promise<never>(() => undefined), 'CACHE_WARMUP_TASK_TIMEOUT'],
  ])('counts a task that %s when asked for its values as one failure', async (_, items, code) => {
    register('broken', { priority: 5, items, timeoutMs: 30_000 });
    register('fine', {});

    expect(await runOf('CRITICAL_ONLY')).toMatchObject({
      state: 'partly-failed',
      total: 2,
      failures: [{ task: 'broken', key: null, code }],
    });
    expect(target.keys).toEqual(['fine:0']);
  });

  it('ends a task whose source is down in time, however many values it has', async () => {
    const down = (): never => {
      throw new CacheLoadTimeoutError('x', 1);
    };
    register(
      'down',
      { priority: 5 },
      Array.from({ length: 1_000 }, () => down),
    );
    register('fine', {});
    await warmer.start('CRITICAL_ONLY');

    await clock.advance(10 * 60_000);

    const { run } = await warmer.status();
    expect(run).toMatchObject({ state: 'partly-failed', total: 1_001, done: 1, failed: 1_000 });
    expect(run?.failures).toHaveLength(20);
  });

  it.each([
    ['null', null],
    ['undefined', undefined],
    ['text', 'account:1'],
    ['an object without a key', { load: (): number => 1 }],
    ['an object whose key is no text', { key: 7, load: (): number => 1 }],
    ['an object without a loader', { key: 'account:1' }],
  ])('counts an item that is %s as failed, and goes on', async (_, item) => {
    const items = [item, { key: 'fine:0', load: () => 1 }] as never;
    register('mixed', { items: () => Promise.resolve(items) });

    expect(await runOf('CRITICAL_ONLY')).toMatchObject({
      state: 'partly-failed',
      total: 2,
      done: 1,
      failures: [{ task: 'mixed', key: null, code: 'CACHE_WARMUP_ITEM_INVALID' }],
    });
  });

  it.each([[null], ['abc'], [new Set([1])], [{}]])(
    'counts a task that names %j instead of a list as failed',
    async (items) => {
      register('broken', { items: () => Promise.resolve(items as never) });

      expect(await runOf('CRITICAL_ONLY')).toMatchObject({
        state: 'failed',
        failures: [{ task: 'broken', key: null, code: 'CACHE_WARMUP_ITEM_INVALID' }],
      });
    },
  );

  it.each([
    [{ strategies: undefined }, /strategies must be a list of CRITICAL_ONLY/],
    [{ strategies: ['NOPE'] }, /strategies must be a list of/],
    [{ priority: undefined }, /priority must be a number/],
    [{ timeoutMs: Number.NaN }, /timeoutMs must be more than 0 ms/],
    [{ items: undefined }, /items must be a function/],
    [{ name: '' }, /name must be text/],
  ])('refuses a task with %j when it is registered', async (part, message) => {
    expect(() => register('bad', part as never)).toThrow(message);
    expect(() => warmer.registry.register(null as never)).toThrow(/it is no object/);
    expect(await runOf('COMPREHENSIVE')).toMatchObject({ state: 'succeeded', total: 0 });
  });

  it('ends a run whose tasks were broken after they were registered, and begins later ones', async () => {
    const task = { name: 'a', strategies: ['CRITICAL_ONLY'], priority: 0, items: () => Promise.resolve([]) };
    warmer.registry.register(task as never);
    task.strategies = undefined as never;

    expect(await runOf('CRITICAL_ONLY')).toMatchObject({
      state: 'failed',
      failures: [{ code: 'UNEXPECTED' }],
    });
    expect(await runOf('COMPREHENSIVE')).toMatchObject({ state: 'succeeded' });
  });

  it('refuses a strategy that is none', async () => {
    await expect(warmer.start('NOPE' as never)).rejects.toMatchObject({ code: 'CACHE_OPTION_INVALID' });

    expect(await warmer.status()).toEqual({ state: 'idle', run: null });
  });

  it('keeps two tasks of one name apart by refusing the second', () => {
    register('twice', {});

    expect(() => register('twice', {})).toThrow(/"twice" is registered already/);
  });

  it('counts runs and values', async () => {
    register('fine', {});

    await runOf('CRITICAL_ONLY');

    expect(counted('cache_warmup_runs_total')).toEqual([
      { labels: { reason: 'run', outcome: 'succeeded' }, value: 1 },
    ]);
    expect(counted('cache_warmup_values_total')).toContainEqual({ labels: { outcome: 'done' }, value: 1 });
  });

  describe('when a tenant is active', () => {
    const tenants: (string | undefined)[] = [];
    beforeEach(() => {
      tenants.length = 0;
      register('login', {
        isForLogin: true,
        items: ({ tenantId }) => {
          tenants.push(tenantId);
          return Promise.resolve([{ key: `login:${tenantId}`, load: () => 1 }]);
        },
      });
      register('not-for-login', {});
    });

    it('warms what the tenant needs the first time, and after 15 minutes of absence', async () => {
      for (const waitMs of [0, 1_000, 14 * 60_000, 15 * 60_000]) {
        await clock.advance(waitMs);
        warmer.noteActivity('acme');
      }
      await clock.advance(1_000);

      expect(tenants).toEqual(['acme', 'acme']);
      expect(target.keys).toEqual(['login:acme', 'login:acme']);
    });

    it('does not load more values at once when many tenants come back together', async () => {
      target.loadMs = 100;

      for (let i = 0; i < 50; i += 1) warmer.noteActivity(`tenant-${i}`);
      await clock.advance(60_000);

      expect(target.keys).toHaveLength(50);
      expect(target.mostActive).toBeLessThanOrEqual(2);
    });

    it('neither waits for a run nor shows as one', async () => {
      warmer.noteActivity('acme');
      await clock.advance(1_000);

      expect(await warmer.status()).toEqual({ state: 'idle', run: null });
    });

    it('does nothing any more once it is stopped', async () => {
      await warmer.stop();

      warmer.noteActivity('acme');
      await clock.advance(1_000);

      expect(tenants).toEqual([]);
    });
  });

  describe('at the shutdown', () => {
    it('ends the run as interrupted once the loads under way have ended', async () => {
      target.loadMs = 100;
      register(
        'many',
        {},
        Array.from({ length: 8 }, () => () => 1),
      );
      await warmer.start('CRITICAL_ONLY');
      await clock.advance(0);

      const stopped = warmer.stop();
      await clock.advance(100);
      await stopped;

      expect((await warmer.status()).run).toMatchObject({ state: 'interrupted', done: 2, total: 8 });
      expect(clock.pending).toBe(0);
    });

    it('waits no longer than 2 s for a load that hangs', async () => {
      register('hanging', {}, [() => new Promise(() => undefined)]);
      await warmer.start('CRITICAL_ONLY');
      await clock.advance(0);

      const stopped = warmer.stop();
      await clock.advance(2_000);

      await expect(stopped).resolves.toBeUndefined();
    });
  });
});
