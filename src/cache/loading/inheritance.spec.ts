import { CollectingLogger } from '../../../test/support/collecting-logger.js';
import { CountingIds } from '../../../test/support/counting-ids.js';
import { FakeClock } from '../../../test/support/fake-clock.js';
import { readSettings } from '../../config/index.js';
import { AbsentRedis } from '../../platform/redis/index.js';
import { MetricRegistry } from '../../platform/telemetry/index.js';
import type { CacheService } from '../cache.service.js';
import { createCache } from '../create-cache.js';

describe('values computed from others', () => {
  let clock: FakeClock;
  let cache: CacheService;

  beforeEach(() => {
    clock = new FakeClock();
    const logger = new CollectingLogger();
    const config = { ...readSettings({}).cache, maxValueBytes: 1_000 };
    const around = { config, clock, logger, ids: new CountingIds(), registry: new MetricRegistry() };
    cache = createCache({ ...around, redis: new AbsentRedis(logger) }).cache;
  });

  it('are not kept when a tag of theirs was invalidated while both were loaded', async () => {
    let finish: (value: string) => void = () => undefined;
    const slow = (): Promise<string> => new Promise((resolve) => (finish = resolve));
    const total = (base: () => Promise<string>): Promise<string> =>
      cache.getOrLoad('total:1', () => cache.getOrLoad('base:1', base, { tags: ['red'] }), {
        dependsOn: ['base:1'],
      });
    const early = total(slow);
    await clock.advance(0);
    await cache.invalidate({ tags: ['red'] });

    finish('old');

    expect(await early).toBe('old');
    expect(await total(() => Promise.resolve('new'))).toBe('new');
  });

  it('inherit the tags of a value that is too large to be kept', async () => {
    const large = (): Promise<string> => Promise.resolve('x'.repeat(2_000));
    const length = async (): Promise<number> =>
      (await cache.getOrLoad('base:1', large, { tags: ['red'] })).length;
    await cache.getOrLoad('total:1', length, { dependsOn: ['base:1'] });

    await cache.invalidate({ tags: ['red'] });

    expect(await cache.get('total:1')).toBeUndefined();
  });
});
