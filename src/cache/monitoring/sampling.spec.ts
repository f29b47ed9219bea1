import { CollectingLogger } from '../../../test/support/collecting-logger.js';
import { CountingIds } from '../../../test/support/counting-ids.js';
import { FakeClock } from '../../../test/support/fake-clock.js';
import { Random } from '../../../test/support/random.js';
import { readSettings } from '../../config/index.js';
import { AbsentRedis } from '../../platform/redis/index.js';
import { MetricRegistry } from '../../platform/telemetry/index.js';
import type { CacheService } from '../cache.service.js';
import { createCache } from '../create-cache.js';
import { gapToNext, SAMPLE_EVERY } from './sampling.js';

class SeededIds extends CountingIds {
  private readonly random = new Random(5);

  override fraction(): number {
    return this.random.fraction();
  }
}

function cacheOf(): CacheService {
  const { cache: config } = readSettings({});
  const logger = new CollectingLogger();
  const world = { clock: new FakeClock(), ids: new SeededIds(), logger, registry: new MetricRegistry() };
  return createCache({ config, redis: new AbsentRedis(logger), ...world }).cache;
}

describe('sampling of hits', () => {
  it('looks at one in SAMPLE_EVERY on average', () => {
    const random = new Random(1);
    let sum = 0;

    for (let index = 0; index < 10_000; index += 1) sum += gapToNext(random.fraction());

    expect(Math.abs(sum / 10_000 / SAMPLE_EVERY - 1)).toBeLessThan(0.03);
    expect([gapToNext(0), gapToNext(1 - Number.EPSILON)]).toEqual([1, 2 * SAMPLE_EVERY - 1]);
  });

  it('sees every key of a page that reads the same 64 round and round', async () => {
    const cache = cacheOf();
    const keys = Array.from({ length: 64 }, (_, index) => `tile:${index}`);
    const reads = 256_000;

    for (let index = 0; index < reads; index += 1) await cache.getOrLoad(keys[index % 64] ?? '', () => index);

    const hottest = cache.statistics.hottest();
    expect(hottest).toHaveLength(64);
    expect(hottest[0]?.reads).toBeLessThan((3 * reads) / 64);
    const [tiles] = cache.report().shapes;
    expect(Math.abs((tiles?.l1Hits ?? 0) / reads - 1)).toBeLessThan(0.1);
  });

  it.each(['read', 'getOrLoad', 'get'] as const)('times one hit in SAMPLE_EVERY of %s', async (method) => {
    const cache = cacheOf();
    await cache.set('tile:1', 1);
    const reads = 50 * SAMPLE_EVERY;

    for (let index = 0; index < reads; index += 1) await cache[method]('tile:1', () => 1);

    const { count, p50 } = cache.report().latencyMs.l1;
    expect(count).toBeGreaterThan(35);
    expect(count).toBeLessThan(65);
    expect(p50).toBe(0);
  });
});
