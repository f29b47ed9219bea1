import type { NestExpressApplication } from '@nestjs/platform-express';
import { eventually } from '../../support/eventually.js';
import { RedisServer } from '../../support/redis-server.js';
import { useTestDatabase } from '../../support/test-database.js';
import { ask, event, post, startInstance } from './instances.js';

const database = useTestDatabase({ isServed: true });

describe('statistics from the cache, without Redis', () => {
  it('come from it while the instance is alone, and hold what another one stores', async () => {
    const a = await startInstance(database.url, {});
    expect([await ask(a, 'scraper=lone'), await ask(a, 'scraper=lone')]).toMatchObject([
      { cache: 'miss' },
      { cache: 'hit' },
    ]);
    const b = await startInstance(database.url, {});
    for (let count = 1; count <= 10; count += 1) {
      await post(count % 2 === 0 ? a : b, event('lone'));
      expect([await ask(a, 'scraper=lone'), await ask(b, 'scraper=lone')]).toMatchObject([
        { count },
        { count },
      ]);
    }
    await b.close();

    await eventually(async () =>
      expect(await ask(a, 'scraper=lone')).toMatchObject({ cache: 'hit', count: 10 }),
    );
    await a.close();
  });
});

describe('statistics from the cache while Redis is away', () => {
  let redis: RedisServer;
  let a: NestExpressApplication;
  let b: NestExpressApplication;
  beforeAll(async () => {
    redis = await RedisServer.start();
    const env = { REDIS_URL: redis.url, CACHE_OUTAGE_STALE_MS: '1000' };
    [a, b] = await Promise.all([startInstance(database.url, env), startInstance(database.url, env)]);
  });
  afterAll(async () => {
    await Promise.all([a.close(), b.close()]);
    await redis.stop();
  });

  it.each([
    ['killed', () => redis.kill(), () => redis.start()],
    [
      'frozen',
      () => {
        redis.freeze();
        return Promise.resolve();
      },
      () => {
        redis.thaw();
        return Promise.resolve();
      },
    ],
  ])(
    'hold every event where it was posted, and soon elsewhere; no post waits long (%s)',
    async (how, lose, restore) => {
      const query = `scraper=${how}`;
      await post(a, event(how));
      await eventually(async () => expect(await ask(b, query)).toMatchObject({ count: 1 }));

      await lose();
      for (let count = 2; count <= 8; count += 1) {
        const startedAt = performance.now();
        await post(a, event(how));
        expect(performance.now() - startedAt).toBeLessThan(4_000);
        expect(await ask(a, query)).toMatchObject({ status: 200, count });
      }
      await eventually(async () => expect(await ask(b, query)).toMatchObject({ count: 8 }));

      await restore();
      await post(b, event(how));
      expect(await ask(b, query)).toMatchObject({ count: 9 });
      await eventually(async () => expect(await ask(a, query)).toMatchObject({ count: 9 }));
      await eventually(async () => {
        await post(a, event(how));
        const { count } = await ask(a, query);
        expect(await ask(b, query)).toMatchObject({ count, cache: 'hit' });
      });
    },
    30_000,
  );
});
