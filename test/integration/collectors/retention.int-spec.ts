import { sql } from '../../../src/kernel/sql.js';
import { collectorsOn, CONFIG, createTenant } from '../../support/collectors.js';
import { FakeClock } from '../../support/fake-clock.js';
import { auditRollups } from '../../support/rollup-audit.js';
import { useTestDatabase } from '../../support/test-database.js';

const DAY_MS = 86_400_000;

describe('retention on PostgreSQL', () => {
  const pg = useTestDatabase();
  const clock = new FakeClock(new Date('2026-01-15T12:00:00Z'));
  const collectors = () => collectorsOn(pg.db, clock);

  async function partitionNames(): Promise<string[]> {
    const rows = await pg.db.query<{ name: string }>(sql`
      SELECT inhrelid::regclass::text AS name FROM pg_inherits
      WHERE inhparent = 'scraper_page_performance'::regclass ORDER BY 1`);
    return rows.map(({ name }) => name.replace('scraper_page_performance_', ''));
  }

  it('makes a partition for every event that is accepted, also when two instances do it at once', async () => {
    await Promise.all([collectors().partitions.ensure(), collectors().partitions.ensure()]);

    expect(await partitionNames()).toEqual(['2025_10', '2025_11', '2025_12', '2026_01', '2026_02']);
  });

  it('drops a month when its last event is too old, and keeps its rollups', async () => {
    const tenantId = await createTenant(pg.db, 'retention');
    const createdAt = new Date(clock.now().getTime() - 80 * DAY_MS).toISOString();
    const event = { scraperSource: 's', metricType: 'm', scrapeDurationMs: 5, success: true, createdAt };
    await collectors().ingest.ingest({ tenantId, events: [event], path: '' });
    await collectors().refresher.refresh();

    await clock.advance(40 * DAY_MS);
    await collectors().retention.apply();

    expect(await partitionNames()).toEqual([
      '2025_11',
      '2025_12',
      '2026_01',
      '2026_02',
      '2026_03',
      '2026_04',
    ]);
    const window = { from: new Date('2025-10-01T00:00:00Z'), to: new Date('2025-11-01T00:00:00Z') };
    const { rows } = await collectors().statistics.stats({ tenantId, window });
    expect(rows[0]).toMatchObject({ count: 1, avgDurationMs: 5 });
  });

  it('keeps a month whose rollups are still due', async () => {
    await pg.db.query(sql`INSERT INTO rollup_marks (series_id, hour) VALUES (1, '2025-11-30T00:00:00Z')`);

    await clock.advance(40 * DAY_MS);
    await collectors().retention.apply();
    const kept = await partitionNames();
    await pg.db.query(sql`DELETE FROM rollup_marks`);
    await collectors().retention.apply();

    expect(kept).toContain('2025_11');
    expect(await partitionNames()).not.toContain('2025_11');
  });

  it('does not compute an hour anew from a late event when its rows were dropped under a shorter retention', async () => {
    const tenantId = await createTenant(pg.db, 'raised');
    const short = { ...CONFIG, rawRetentionDays: 20 };
    const strict = collectorsOn(pg.db, clock, short);
    const at = new Date(clock.now().getTime() - 19 * DAY_MS).toISOString();
    const event = {
      scraperSource: 's',
      metricType: 'raised',
      scrapeDurationMs: 5,
      success: true,
      createdAt: at,
    };
    await strict.ingest.ingest({ tenantId, events: [event, event], path: 'events' });
    await strict.refresher.refresh();
    await clock.advance(50 * DAY_MS);
    await strict.retention.apply();

    const raised = collectorsOn(pg.db, clock);
    await raised.partitions.ensure();
    const late = raised.ingest.ingest({ tenantId, events: [event], path: 'events' });

    await expect(late).rejects.toMatchObject({ code: 'COLLECTORS_EVENT_INVALID' });
    const window = { from: new Date(clock.now().getTime() - 80 * DAY_MS) };
    const { rows } = await raised.statistics.stats({ tenantId, window });
    expect(rows[0]?.count).toBe(2);
  });

  it('goes on with the other steps when one fails, and says which', async () => {
    await pg.db.query(sql`ALTER TABLE scraper_metrics_hourly RENAME TO hidden`);
    await pg.db.query(
      sql`INSERT INTO ingest_requests VALUES (1, 'events', 'old', 1, '', true, '2020-01-01T00:00:00Z')`,
    );

    const applied = collectors().retention.apply();

    await expect(applied).rejects.toMatchObject({
      code: 'COLLECTORS_RETENTION_FAILED',
      details: { steps: ['hourly rollups'] },
    });
    await pg.db.query(sql`ALTER TABLE hidden RENAME TO scraper_metrics_hourly`);
    expect(await pg.db.query(sql`SELECT 1 FROM ingest_requests`)).toEqual([]);
  });

  it('forgets hours after 400 days and days after 1,830', async () => {
    const count = async (): Promise<object | undefined> => {
      const [row] = await pg.db.query(sql`
        SELECT (SELECT count(*)::integer FROM scraper_metrics_hourly) AS hours,
          (SELECT count(*)::integer FROM scraper_daily_summary) AS days`);
      return row;
    };

    await clock.advance(420 * DAY_MS);
    await collectors().retention.apply();
    const afterAYear = await count();
    await clock.advance(1_500 * DAY_MS);
    await collectors().retention.apply();

    expect(afterAYear).toMatchObject({ hours: 0 });
    expect(afterAYear).not.toMatchObject({ days: 0 });
    expect(await count()).toEqual({ hours: 0, days: 0 });
  });
});

describe('retention at its edges on PostgreSQL', () => {
  const pg = useTestDatabase();
  const clock = new FakeClock(new Date('2026-01-15T12:00:00Z'));

  it('keeps or forgets the hours of a day together, so that a late event cannot falsify the day', async () => {
    const tenantId = await createTenant(pg.db, 'edges');
    const tight = { ...CONFIG, rawRetentionDays: 40, hourlyRetentionDays: 42 };
    const collectors = collectorsOn(pg.db, clock, tight);
    await collectors.partitions.ensure();
    const at = (hours: number): string =>
      new Date(clock.now().getTime() - 39.9 * DAY_MS + hours * 3_600_000).toISOString();
    const event = { scraperSource: 's', metricType: 'edges', scrapeDurationMs: 5, success: true };
    const events = [0, 1, 2].map((hours) => ({ ...event, createdAt: at(hours) }));
    await collectors.ingest.ingest({ tenantId, events, path: 'events' });
    await collectors.refresher.refresh();

    await collectors.retention.apply();
    await collectors.ingest.ingest({ tenantId, events: [{ ...event, createdAt: at(5) }], path: 'events' });
    await collectors.refresher.refresh();

    expect(await auditRollups(pg.db, tenantId)).toEqual([]);
  });
});
