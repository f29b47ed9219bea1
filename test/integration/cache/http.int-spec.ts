import type { NestExpressApplication } from '@nestjs/platform-express';
import request from 'supertest';
import { CacheService } from '../../../src/cache/index.js';
import { Retention } from '../../../src/collectors/rollups/retention.js';
import { sql } from '../../../src/kernel/sql.js';
import { Tenants } from '../../../src/tenancy/index.js';
import { eventually } from '../../support/eventually.js';
import { Random } from '../../support/random.js';
import { useTestDatabase } from '../../support/test-database.js';
import { redisUrl } from '../../support/test-servers.js';
import { ADMIN_KEY, ask, event, post, startInstance } from './instances.js';

const HOUR_MS = 3_600_000;

const database = useTestDatabase({ isServed: true });

describe('statistics from the cache, two instances on one Redis', () => {
  let a: NestExpressApplication;
  let b: NestExpressApplication;
  beforeAll(async () => {
    [a, b] = await Promise.all([
      startInstance(database.url, { REDIS_URL: redisUrl() }),
      startInstance(database.url, { REDIS_URL: redisUrl() }),
    ]);
  });
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
        'If-None-Match': `"x", ${etag}`,
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
      await eventually(async () => expect((await ask(other, `type=fresh&${window}`)).count).toBe(sum(late)));
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
