import { sql } from '../../src/kernel/sql.js';
import type { Database } from '../../src/platform/database/index.js';
import { collectorsOn, createTenant } from '../../test/support/collectors.js';
import { Random } from '../../test/support/random.js';
import { median, timeOnce } from '../support/measure.js';
import type { BenchRow } from '../support/report.js';

const SINGLE_ROWS = 2_000;
const BATCH_ROWS = 40_000;
const BATCH_SIZE = 1_000;
const ROUNDS = 7;

/** Rows per second through the service layer, against single-row inserts, with and without dirty tracking. */
export async function benchIngest(
  db: Database,
  collectors: ReturnType<typeof collectorsOn>,
): Promise<BenchRow[]> {
  const tenantId = await createTenant(db, 'bench-ingest');
  const random = new Random(1);
  const events = Array.from({ length: BATCH_ROWS }, () => ({
    scraperSource: `source-${random.below(20)}`,
    metricType: `type-${random.below(5)}`,
    scrapeDurationMs: random.fraction() * 1_000,
    itemsExtracted: random.below(100),
    success: random.fraction() < 0.95,
    createdAt: new Date(Date.now() - random.below(30 * 60_000)).toISOString(),
  }));
  const [seriesId] = await collectors.series.resolve(tenantId, events.slice(0, 1));

  const single = (): Promise<void> =>
    db.session(async (session) => {
      for (const event of events.slice(0, SINGLE_ROWS)) {
        await session.query(
          sql`INSERT INTO scraper_page_performance (series_id, created_at, scrape_duration_ms, items_extracted, is_navigation, success)
            VALUES (${seriesId}, ${event.createdAt}, ${event.scrapeDurationMs}, ${event.itemsExtracted}, false, ${event.success})`,
          { prepareAs: 'bench-single' },
        );
      }
    });
  const batches = async (): Promise<void> => {
    for (let start = 0; start < events.length; start += BATCH_SIZE) {
      await collectors.ingest.ingest({
        tenantId,
        events: events.slice(start, start + BATCH_SIZE),
        path: 'events',
      });
    }
  };
  const rates = { single: [] as number[], tracked: [] as number[], untracked: [] as number[] };
  await batches();
  for (let round = 0; round < ROUNDS; round += 1) {
    rates.single.push((SINGLE_ROWS / (await timeOnce(single))) * 1_000);
    rates.tracked.push((BATCH_ROWS / (await timeOnce(batches))) * 1_000);
    await db.query(sql`ALTER TABLE scraper_page_performance DISABLE TRIGGER USER`);
    rates.untracked.push((BATCH_ROWS / (await timeOnce(batches))) * 1_000);
    await db.query(sql`ALTER TABLE scraper_page_performance ENABLE TRIGGER USER`);
  }
  await db.query(sql`TRUNCATE scraper_page_performance, rollup_marks`);
  const [singleRate, trackedRate, untrackedRate] = [
    median(rates.single),
    median(rates.tracked),
    median(rates.untracked),
  ];
  return [
    {
      id: 'ingest',
      ratio: trackedRate / singleRate,
      against: 'single-row prepared inserts',
      goal: 25,
      want: 'at least',
      figures: { rowsPerSecond: Math.round(trackedRate), singleRowsPerSecond: Math.round(singleRate) },
    },
    {
      id: 'dirty-tracking-cost',
      ratio: 1 - trackedRate / untrackedRate,
      against: 'the same ingest without the triggers',
      goal: 0.2,
      want: 'at most',
      figures: { rowsPerSecondUntracked: Math.round(untrackedRate) },
    },
  ];
}
