import { StepRepository } from '../../../src/collectors/anomalies/step.repository.js';
import { ShareRepository } from '../../../src/collectors/windows/share.repository.js';
import { WindowRepository } from '../../../src/collectors/windows/window.repository.js';
import { sql } from '../../../src/kernel/sql.js';
import { collectorsOn, createTenant } from '../../support/collectors.js';
import { FakeClock } from '../../support/fake-clock.js';
import { describeMisled } from '../../support/describe-misled.js';
import { type Lie, mislead } from '../../support/misleading-statistics.js';
import { StatementWork } from '../../support/statement-work.js';
import { useTestDatabase } from '../../support/test-database.js';

const HOUR_MS = 3_600_000;
const END = new Date(Date.UTC(2026, 5, 30, 12));
const SERIES = 300;
/** Before the end: hours of three days. */
const HOURS = [1, 2, 3, 25, 26, 27, 49, 50, 51];
const EVENTS = SERIES * HOURS.length;
/** A look at all hours for each of them would be seven million. All series, in a few pages, may be looked at for each. */
const MOST_ROWS = 40 * EVENTS;

describeMisled('collectors for a planner that $name (PostgreSQL 18 and later)', (lie: Lie) => {
  const pg = useTestDatabase({ misled: lie });
  let tenantId = '';

  const at = (hours: number): Date => new Date(END.getTime() - (hours - 0.5) * HOUR_MS);

  function eventsOf(hours: readonly number[]) {
    return hours.flatMap((hour) =>
      Array.from({ length: SERIES }, (_, index) => ({
        scraperSource: `source-${index}`,
        metricType: 'page',
        scrapeDurationMs: 100 + index,
        success: true,
        createdAt: at(hour).toISOString(),
      })),
    );
  }

  beforeAll(async () => {
    await collectorsOn(pg.db, new FakeClock(END)).partitions.ensure();
    await mislead(pg.db, lie);
    tenantId = await createTenant(pg.db, 'misled');
  });

  it('are taken in, rolled up, read and emptied without a look at all hours for each', async () => {
    const work = new StatementWork(pg.db);
    const collectors = collectorsOn(work.db, new FakeClock(END));
    const ingest = (hours: readonly number[]) =>
      collectors.ingest.ingest({ tenantId, events: eventsOf(hours), path: 'events' });

    await ingest(HOURS);
    await collectors.refresher.refresh();
    await ingest(HOURS.slice(1, 5));
    const window = { from: at(60), to: END };
    const { rows } = await collectors.statistics.stats({ tenantId, window });
    const counts = await countsOf(work);
    await pg.db.query(
      sql`DELETE FROM scraper_page_performance WHERE created_at > ${at(2)}::timestamptz - interval '1 minute'`,
    );
    await collectors.refresher.refresh();
    const left = await collectors.statistics.stats({ tenantId, window });

    expect(work.above(MOST_ROWS)).toEqual([]);
    expect(rows.map(({ count }) => count)).toEqual(Array.from({ length: SERIES }, () => 13));
    expect(counts).toEqual([SERIES, SERIES * 13, SERIES * 13, SERIES * 13]);
    expect(left.rows.map(({ count }) => count)).toEqual(Array.from({ length: SERIES }, () => 10));
  });

  it('would be found to look at all of them by equality or by a join, whichever the planner falls for', async () => {
    const work = new StatementWork(pg.db);

    await work.db.query(sql`
      WITH kept AS MATERIALIZED (SELECT series_id, hour FROM scraper_metrics_hourly)
      SELECT count(*) FROM scraper_metrics_hourly AS h
      WHERE h.hour > now() - interval '100 years' AND NOT EXISTS (
        SELECT FROM kept WHERE kept.series_id = h.series_id AND kept.hour = h.hour)`);

    await work.db.query(sql`
      SELECT found.* FROM (SELECT series_id, hour FROM scraper_metrics_hourly OFFSET 0) AS h CROSS JOIN LATERAL (
        SELECT sum_ms FROM scraper_metrics_hourly WHERE series_id = h.series_id AND hour = h.hour LIMIT 1) AS found`);

    expect(work.above(EVENTS ** 2 * 0.2)).not.toEqual([]);
  });

  /** What the questions of rules, budgets and expectations count over all the time. */
  async function countsOf({ db }: StatementWork): Promise<number[]> {
    const windows = new WindowRepository(db);
    const patterns = Array.from({ length: SERIES }, (_, index) => ({
      tenantId,
      scraperSource: `source-${index}`,
      metricType: 'page',
    }));
    const seriesIds = (await windows.match(patterns, 10)).map(({ id }) => id);
    const since = new Date(END.getTime() - 60 * HOUR_MS);
    const none = seriesIds.map(() => 0);
    const cells = await windows.fromRollups({ spans: [{ from: since, to: END }], seriesIds, spanOf: none });
    const shares = await new ShareRepository(db).count({
      until: END,
      windows: [{ since, edgeMs: null }],
      seriesIds,
      windowOf: none,
    });
    const steps = await new StepRepository(db).fromRollups(
      { seriesIds, since: seriesIds.map(() => since), until: END, stepMs: HOUR_MS },
      false,
    );
    const active = await windows.activeSince(seriesIds, at(2));
    const sumOf = (rows: readonly { events: number }[]) => rows.reduce((sum, { events }) => sum + events, 0);
    return [active.length, sumOf(cells), sumOf(shares), sumOf(steps)];
  }
});
