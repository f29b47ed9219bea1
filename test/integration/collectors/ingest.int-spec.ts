import { createHash } from 'node:crypto';
import { EVENTS_STORED, type EventsStored } from '../../../src/collectors/index.js';
import { sql } from '../../../src/kernel/sql.js';
import { collectorsOn, createTenant } from '../../support/collectors.js';
import { useTestDatabase } from '../../support/test-database.js';

const digestOf = (text: string): Buffer => createHash('sha256').update(text).digest();

describe('ingest of event batches on PostgreSQL', () => {
  const pg = useTestDatabase();
  let tenantId = '';
  let batches = 0;

  beforeAll(async () => {
    await collectorsOn(pg.db).partitions.ensure();
    tenantId = await createTenant(pg.db, 'ingest');
  });

  /** Events under a type of their own, so that tests do not see each other's. */
  function newBatch(count: number) {
    const metricType = `type-${(batches += 1)}`;
    const events = Array.from({ length: count }, (_, index) => ({
      scraperSource: 'shop',
      metricType,
      scrapeDurationMs: index,
      success: true,
    }));
    return { metricType, batch: { tenantId, events, path: 'events' } };
  }

  async function countOf(metricType: string): Promise<number> {
    const [row] = await pg.db.query<{ count: number }>(sql`
      SELECT count(*)::integer AS count FROM scraper_page_performance p
      JOIN scraper_series s ON s.id = p.series_id WHERE s.metric_type = ${metricType}`);
    return row?.count ?? 0;
  }

  it('stores a batch once when it is sent again under its Idempotency-Key', async () => {
    const { ingest, told } = collectorsOn(pg.db);
    const { metricType, batch } = newBatch(5);
    const idempotency = { key: metricType, digest: digestOf('body') };
    const heard: EventsStored[] = [];
    told.subscribe(EVENTS_STORED, (stored) => heard.push(stored));

    const first = await ingest.ingest({ ...batch, idempotency });
    const second = await ingest.ingest({ ...batch, idempotency });

    expect(first).toEqual({ accepted: 5, isReplay: false });
    expect(second).toEqual({ accepted: 5, isReplay: true });
    expect(await countOf(metricType)).toBe(5);
    expect(heard).toEqual([{ tenantId, arrivedAt: expect.any(Date) as Date, events: batch.events }]);
  });

  it('refuses a key that was used with another body, and stores nothing', async () => {
    const { ingest } = collectorsOn(pg.db);
    const { metricType, batch } = newBatch(2);
    await ingest.ingest({ ...batch, idempotency: { key: metricType, digest: digestOf('one') } });

    const reused = ingest.ingest({ ...batch, idempotency: { key: metricType, digest: digestOf('two') } });

    await expect(reused).rejects.toMatchObject({
      code: 'COLLECTORS_IDEMPOTENCY_KEY_REUSED',
      kind: 'conflict',
    });
    expect(await countOf(metricType)).toBe(2);
  });

  it('stores a batch once when twenty clients send it at the same moment', async () => {
    const { ingest } = collectorsOn(pg.db);
    const { metricType, batch } = newBatch(3);
    const idempotency = { key: metricType, digest: digestOf('body') };

    const reports = await Promise.all(
      Array.from({ length: 20 }, () => ingest.ingest({ ...batch, idempotency })),
    );

    expect(reports.filter(({ isReplay }) => !isReplay)).toHaveLength(1);
    expect(await countOf(metricType)).toBe(3);
  });

  it('lets two tenants use the same key', async () => {
    const { ingest } = collectorsOn(pg.db);
    const other = await createTenant(pg.db, 'ingest-other');
    const { metricType, batch } = newBatch(1);
    const idempotency = { key: 'same', digest: digestOf('body') };

    await ingest.ingest({ ...batch, idempotency });
    const report = await ingest.ingest({
      ...batch,
      tenantId: other,
      idempotency: { ...idempotency, digest: digestOf('other') },
    });

    expect(report.isReplay).toBe(false);
    expect(await countOf(metricType)).toBe(2);
  });

  it('forgets the key when the events could not be stored', async () => {
    const { ingest } = collectorsOn(pg.db);
    const { metricType, batch } = newBatch(1);
    const idempotency = { key: metricType, digest: digestOf('body') };
    await pg.db.query(
      sql`ALTER TABLE scraper_page_performance ADD CONSTRAINT broken CHECK (success IS NULL) NOT VALID`,
    );

    await expect(ingest.ingest({ ...batch, idempotency })).rejects.toThrow();
    await pg.db.query(sql`ALTER TABLE scraper_page_performance DROP CONSTRAINT broken`);

    expect(await ingest.ingest({ ...batch, idempotency })).toEqual({ accepted: 1, isReplay: false });
  });

  it.each(['1970-01-01T00:00:00Z', '2097-01-01T00:00:00Z'])(
    'refuses an event of %s and stores none of its batch',
    async (createdAt) => {
      const { ingest } = collectorsOn(pg.db);
      const { metricType, batch } = newBatch(2);
      const events = batch.events.map((event, index) => (index === 1 ? { ...event, createdAt } : event));

      const refused = Promise.resolve().then(() => ingest.ingest({ ...batch, events }));

      await expect(refused).rejects.toMatchObject({
        code: 'COLLECTORS_EVENT_INVALID',
        details: { issues: [{ path: 'events.1.createdAt' }] },
      });
      expect(await countOf(metricType)).toBe(0);
    },
  );

  it('creates series up to the limit and not one more, however many ask at once', async () => {
    const tenant = await createTenant(pg.db, 'limit');
    await pg.db.query(sql`
      INSERT INTO scraper_series (tenant_id, scraper_source, metric_type)
      SELECT ${tenant}::bigint, 'old', 'type-' || i FROM generate_series(1, 9990) AS i`);
    const event = { scraperSource: 'new', scrapeDurationMs: 1, success: true };
    const requests = Array.from({ length: 20 }, (_, index) =>
      collectorsOn(pg.db).ingest.ingest({
        tenantId: tenant,
        events: [{ ...event, metricType: `fresh-${index}` }],
        path: '',
      }),
    );

    const outcomes = await Promise.allSettled(requests);

    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(10);
    const refused = outcomes.find(({ status }) => status === 'rejected');
    expect(refused).toMatchObject({ reason: { code: 'COLLECTORS_SERIES_LIMIT', kind: 'conflict' } });
  });

  it('counts the navigation time of a page_navigation, else the scrape time, else whichever is there', async () => {
    const { ingest, statistics } = collectorsOn(pg.db);
    const both = { navigationDurationMs: 10, scrapeDurationMs: 20 };
    const cases = [
      { scraperSource: 'both', metricType: 'page_navigation', ...both },
      { scraperSource: 'both', metricType: 'other', ...both },
      { scraperSource: 'one', metricType: 'page_navigation', scrapeDurationMs: 20 },
      { scraperSource: 'one', metricType: 'other', navigationDurationMs: 10 },
      { scraperSource: 'none', metricType: 'other' },
    ].map((event) => ({ ...event, success: true }));
    const tenant = await createTenant(pg.db, 'durations');

    await ingest.ingest({ tenantId: tenant, events: cases, path: 'events' });
    const { rows } = await statistics.stats({ tenantId: tenant, window: { timeWindow: '1d' } });

    const durations = Object.fromEntries(
      rows.map((row) => [`${row.scraperSource}/${row.metricType}`, row.avgDurationMs]),
    );
    expect(durations).toEqual({
      'both/page_navigation': 10,
      'both/other': 20,
      'one/page_navigation': 20,
      'one/other': 10,
      'none/other': null,
    });
  });

  it('keeps the milliseconds of createdAt, whatever its zone', async () => {
    const { ingest } = collectorsOn(pg.db);
    const { metricType, batch } = newBatch(1);
    const at = new Date(Math.floor(Date.now() / 1_000) * 1_000 - 86_400_000 + 123);
    const local = at.toISOString().replace('Z', '+00:00');

    await ingest.ingest({ ...batch, events: batch.events.map((event) => ({ ...event, createdAt: local })) });

    const [row] = await pg.db.query<{ at: Date }>(sql`
      SELECT p.created_at AS at FROM scraper_page_performance p JOIN scraper_series s ON s.id = p.series_id
      WHERE s.metric_type = ${metricType}`);
    expect(row?.at).toEqual(at);
  });
});

describe('ingest of scheduler runs on PostgreSQL', () => {
  const pg = useTestDatabase();

  it('stores runs with their start computed from the duration where it is missing', async () => {
    const { runs } = collectorsOn(pg.db);
    const tenantId = await createTenant(pg.db, 'runs');
    const run = { jobName: 'nightly', durationMs: 60_000, success: false, errorMessage: 'time-out' };

    const report = await runs.ingest({
      tenantId,
      runs: [run, { ...run, startedAt: new Date().toISOString() }],
      path: 'runs',
    });

    const rows = await pg.db.query<{ ageMs: number }>(sql`
      SELECT extract(epoch FROM now() - started_at)::float8 * 1000 AS "ageMs" FROM scheduler_metrics ORDER BY started_at`);
    expect(report.accepted).toBe(2);
    expect(rows[0]?.ageMs).toBeGreaterThanOrEqual(60_000);
    expect(rows[1]?.ageMs).toBeLessThan(60_000);
  });
});
