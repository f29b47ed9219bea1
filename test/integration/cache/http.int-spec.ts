import type { NestExpressApplication } from '@nestjs/platform-express';
import { Test } from '@nestjs/testing';
import request from 'supertest';
import { AppModule } from '../../../src/app.module.js';
import { CacheService } from '../../../src/cache/index.js';
import { Retention } from '../../../src/collectors/rollups/retention.js';
import { readSettings } from '../../../src/config/index.js';
import { sql } from '../../../src/kernel/sql.js';
import { configureHttp } from '../../../src/platform/http/index.js';
import { Tenants } from '../../../src/tenancy/index.js';
import { eventually } from '../../support/eventually.js';
import { Random } from '../../support/random.js';
import { RedisServer } from '../../support/redis-server.js';
import { useTestDatabase } from '../../support/test-database.js';
import { redisUrl } from '../../support/test-servers.js';

const ADMIN_KEY = `plim_root_${'s'.repeat(40)}`;
const NAMESPACE = `http-int-${process.pid}`;
const HOUR_MS = 3_600_000;

const database = useTestDatabase({ isServed: true });

/** An instance of its own, with or without Redis. */
async function start(env: Record<string, string>): Promise<NestExpressApplication> {
  const settings = readSettings({
    DATABASE_URL: database.url,
    DATABASE_POOL_MIN: '0',
    LOG_LEVEL: 'silent',
    PLIMSOLL_ADMIN_KEY: ADMIN_KEY,
    CACHE_NAMESPACE: NAMESPACE,
    ...env,
  });
  const compiled = await Test.createTestingModule({ imports: [AppModule.forRoot(settings)] }).compile();
  const app = compiled.createNestApplication<NestExpressApplication>({ bodyParser: false, logger: false });
  configureHttp(app);
  await app.listen(0, '127.0.0.1');
  return app;
}

/** What the tests look at in an answer. */
interface Seen {
  readonly status: number;
  readonly cache: string | undefined;
  readonly text: string;
  readonly etag: string;
  readonly count: number;
}

async function ask(
  app: NestExpressApplication,
  query: string,
  headers: Record<string, string> = {},
): Promise<Seen> {
  const path = query.startsWith('/') ? query : `/api/metrics/stats?${query}`;
  const answer = await request(app.getHttpServer())
    .get(path)
    .set({ Authorization: `Bearer ${ADMIN_KEY}`, ...headers });
  const { data = [] } = answer.body as { data?: { count: number }[] };
  return {
    status: answer.status,
    cache: answer.headers['x-cache'],
    text: answer.text,
    etag: answer.headers['etag'] ?? '',
    count: data.reduce((sum, { count }) => sum + count, 0),
  };
}

async function post(
  app: NestExpressApplication,
  body: object,
  headers: Record<string, string> = {},
): Promise<void> {
  const { status } = await request(app.getHttpServer())
    .post('/api/metrics/events')
    .set({ Authorization: `Bearer ${ADMIN_KEY}`, ...headers })
    .send(body);
  expect(status).toBe(201);
}

const event = (scraperSource: string, metricType = 'price', createdAt?: Date) => ({
  scraperSource,
  metricType,
  scrapeDurationMs: 10,
  success: true,
  ...(createdAt && { createdAt: createdAt.toISOString() }),
});

describe('statistics from the cache, two instances on one Redis', () => {
  let a: NestExpressApplication;
  let b: NestExpressApplication;
  beforeAll(async () => {
    [a, b] = await Promise.all([start({ REDIS_URL: redisUrl() }), start({ REDIS_URL: redisUrl() })]);
  }, 60_000);
  afterAll(() => Promise.all([a.close(), b.close()]));

  it('are the same bytes on a hit, on both instances, and however the question is spelled', async () => {
    await post(a, event('spelled'));

    const answers = [
      await ask(a, 'scraper=spelled&type=price'),
      await ask(a, 'type=price&scraper=spelled'),
      await ask(a, 'timeWindow=1d&type=price&scraper=spelled'),
      await ask(b, 'scraper=spelled&type=price&timeWindow=1d'),
    ];

    expect(answers.map(({ cache }) => cache)).toEqual(['miss', 'hit', 'hit', 'hit']);
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
  });

  it('are loaded once when many ask at once', async () => {
    const loads = (): number => a.get(CacheService).statistics.counters.loads;
    const before = loads();

    const answers = await Promise.all(Array.from({ length: 30 }, () => ask(a, 'scraper=crowd')));

    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(loads() - before).toBe(1);
  });

  it('cost nothing to send to whoever has them', async () => {
    const { etag } = await ask(a, 'scraper=had');

    for (const app of [a, b]) {
      const again = await ask(app, 'scraper=had', {
        'If-None-Match': `"x", W/${etag}`,
        'Cache-Control': 'no-cache',
      });
      expect([again.status, again.text]).toEqual([304, '']);
    }
    await post(a, event('had'));
    expect(await ask(a, 'scraper=had', { 'If-None-Match': etag })).toMatchObject({ status: 200, count: 1 });
  });

  it('are never shared between tenants', async () => {
    const [home] = await database.db.query<{ id: string }>(
      sql`SELECT id FROM tenants WHERE slug = 'default'`,
    );
    const root = { tenantId: home?.id ?? '', keyId: 'root', role: 'admin', isOperator: true } as const;
    const { adminKey } = await a.get(Tenants).create(root, { slug: 'foreign', name: 'Foreign' });
    const foreign = { Authorization: `Bearer ${adminKey.key}` };
    await post(a, event('both'));
    await post(a, { events: [event('both'), event('both')] }, foreign);

    for (const app of [a, b, a]) {
      expect(await ask(app, 'scraper=both')).toMatchObject({ count: 1 });
      expect(await ask(app, 'scraper=both', foreign)).toMatchObject({ count: 2 });
    }
    await post(b, event('both'), foreign);
    expect(await ask(a, 'scraper=both')).toMatchObject({ count: 1, cache: 'hit' });
  });

  it('of other series stay when events come in', async () => {
    const selections = [
      'scraper=one&type=x',
      'scraper=one',
      'type=x',
      'scraper=two',
      'scraper=one&type=y',
      'type=y',
    ];
    await post(a, { events: [event('one', 'x'), event('one', 'y'), event('two', 'y')] });
    const all = [
      ...selections,
      'timeWindow=7d',
      '/api/metrics/timeseries?scraper=one',
      '/api/metrics/timeseries?scraper=two',
    ];
    for (const selection of all) await ask(a, selection);

    await post(a, event('one', 'x'));

    const after = await Promise.all(all.map((selection) => ask(a, selection)));
    expect(after.map(({ cache }, index) => [all[index], cache])).toEqual([
      ['scraper=one&type=x', 'miss'],
      ['scraper=one', 'miss'],
      ['type=x', 'miss'],
      ['scraper=two', 'hit'],
      ['scraper=one&type=y', 'hit'],
      ['type=y', 'hit'],
      ['timeWindow=7d', 'miss'],
      ['/api/metrics/timeseries?scraper=one', 'miss'],
      ['/api/metrics/timeseries?scraper=two', 'hit'],
    ]);
  });

  it('hold every event as soon as its post is answered', async () => {
    const random = new Random(7);
    const past = new Date(Math.floor(Date.now() / HOUR_MS) * HOUR_MS - 30 * HOUR_MS);
    const window = `from=${past.toISOString()}&to=${new Date(past.getTime() + HOUR_MS).toISOString()}`;
    const [recent, late] = [new Map<string, number>(), new Map<string, number>()];
    const sum = (counts: Map<string, number>): number =>
      [...counts.values()].reduce((total, one) => total + one, 0);
    for (let round = 0; round < 40; round += 1) {
      const name = `fresh-${random.below(3)}`;
      const isLate = random.below(2) === 0;
      const [app, counts] = [random.below(2) === 0 ? a : b, isLate ? late : recent];
      counts.set(name, (counts.get(name) ?? 0) + 1);

      await post(app, event(name, 'fresh', isLate ? past : undefined));

      expect(await ask(app, `scraper=${name}&timeWindow=1d`)).toMatchObject({ count: recent.get(name) ?? 0 });
      expect(await ask(app, `type=fresh&${window}`)).toMatchObject({ count: sum(late) });
      const other = app === a ? b : a;
      await eventually(async () => expect((await ask(other, `type=fresh&${window}`)).count).toBe(sum(late)), {
        withinMs: 200,
      });
    }
  });

  it('hold the events of a stream as they are stored, and those of one that is sent again', async () => {
    const lines = Array.from({ length: 2_500 }, () => JSON.stringify(event('streamed'))).join('\n');
    const send = async (): Promise<void> => {
      const { status } = await request(a.getHttpServer())
        .post('/api/metrics/events')
        .set({
          Authorization: `Bearer ${ADMIN_KEY}`,
          'Content-Type': 'application/x-ndjson',
          'Idempotency-Key': 'k1',
        })
        .send(lines);
      expect(status).toBe(201);
    };
    await ask(a, 'scraper=streamed');

    await send();
    expect(await ask(a, 'scraper=streamed')).toMatchObject({ count: 2_500, cache: 'miss' });
    await send();

    expect(await ask(a, 'scraper=streamed')).toMatchObject({ count: 2_500, cache: 'miss' });
  });

  it('hold the events of a body that is sent again', async () => {
    const once = { 'Idempotency-Key': 'k2' };
    await post(a, event('twice'), once);
    await ask(a, 'scraper=twice');

    await post(a, event('twice'), once);

    expect(await ask(a, 'scraper=twice')).toMatchObject({ count: 1, cache: 'miss' });
  });

  it('are asked anew after retention, of all tenants', async () => {
    const asked = ['scraper=kept', '/api/metrics/timeseries?scraper=kept'];
    for (const query of asked) await ask(a, query);

    await a.get(Retention, { strict: false }).apply();

    for (const query of asked) expect(await ask(a, query)).toMatchObject({ cache: 'miss' });
  });
});

describe('statistics from the cache, without Redis', () => {
  it('come from it while the instance is alone, and hold what another one stores', async () => {
    const a = await start({});
    expect([await ask(a, 'scraper=lone'), await ask(a, 'scraper=lone')]).toMatchObject([
      { cache: 'miss' },
      { cache: 'hit' },
    ]);
    const b = await start({});
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
  }, 60_000);
});

describe('statistics from the cache while Redis is away', () => {
  let redis: RedisServer;
  let a: NestExpressApplication;
  let b: NestExpressApplication;
  beforeAll(async () => {
    redis = await RedisServer.start();
    const env = { REDIS_URL: redis.url, CACHE_OUTAGE_STALE_MS: '1000' };
    [a, b] = await Promise.all([start(env), start(env)]);
  }, 60_000);
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
        expect(performance.now() - startedAt).toBeLessThan(2_000);
        expect(await ask(a, query)).toMatchObject({ status: 200, count });
      }
      await eventually(async () => expect(await ask(b, query)).toMatchObject({ count: 8 }), {
        withinMs: 3_000,
      });

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
