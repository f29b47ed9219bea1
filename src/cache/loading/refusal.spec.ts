import { CollectingLogger } from '../../../test/support/collecting-logger.js';
import { CountingIds } from '../../../test/support/counting-ids.js';
import { FakeClock } from '../../../test/support/fake-clock.js';
import { readSettings } from '../../config/index.js';
import { AppError, type ErrorKind } from '../../kernel/app-error.js';
import { AbsentRedis } from '../../platform/redis/index.js';
import { MetricRegistry } from '../../platform/telemetry/index.js';
import type { CacheService } from '../cache.service.js';
import { createCache } from '../create-cache.js';
import { CacheValueError } from '../errors.js';

class SampleError extends AppError {
  readonly code = 'SAMPLE';

  constructor(readonly kind: ErrorKind) {
    super(`It is ${kind}.`);
  }
}

describe('a loader that throws', () => {
  let cache: CacheService;
  let calls: number;
  beforeEach(() => {
    calls = 0;
    const logger = new CollectingLogger();
    const { cache: config } = readSettings({});
    const world = { clock: new FakeClock(), logger, ids: new CountingIds(), registry: new MetricRegistry() };
    cache = createCache({ config, ...world, redis: new AbsentRedis(logger) }).cache;
  });

  async function loadFiveTimes(load: () => unknown): Promise<void> {
    const counted = (): unknown => {
      calls += 1;
      return load();
    };
    for (let times = 0; times < 5; times += 1) await cache.getOrLoad('x:1', counted).catch(() => undefined);
  }

  const throwing = (error: Error) => () => Promise.reject(error);

  it.each(['invalid', 'unauthenticated', 'forbidden', 'not_found', 'conflict', 'outdated'] as const)(
    'has answered when the error is %s: it is called each time, and nothing failed',
    async (kind) => {
      await loadFiveTimes(throwing(new SampleError(kind)));

      expect(calls).toBe(5);
      expect(cache.statistics.counters).toMatchObject({ loads: 5, loadFailures: 0 });
      expect(cache.report().latencyMs.loader.count).toBe(5);
    },
  );

  it.each([
    ['limited', new SampleError('limited')],
    ['unavailable', new SampleError('unavailable')],
    ['internal', new SampleError('internal')],
    ['of somebody else', new TypeError('no')],
  ])('has failed when the error is %s: it is called twice, then there is a pause', async (_, error) => {
    await loadFiveTimes(throwing(error));

    expect(calls).toBe(2);
    expect(cache.statistics.counters).toMatchObject({ loads: 2, loadFailures: 2 });
  });

  it('ends the row of failures with an answer', async () => {
    const errors = [new TypeError('down'), new SampleError('not_found'), new TypeError('down')];
    await loadFiveTimes(() => Promise.reject(errors.shift() ?? new TypeError('down')));

    expect(calls).toBe(4);
  });

  it('pauses after values that cannot be kept', async () => {
    await loadFiveTimes(() => new Date());

    await expect(cache.getOrLoad('x:1', () => 1)).rejects.toBeInstanceOf(CacheValueError);
    expect(calls).toBe(2);
  });
});
