import { sql } from '../../src/kernel/sql.js';
import type { Database } from '../../src/platform/database/index.js';
import { CELL_COLUMNS, hourCells } from '../../src/collectors/rollups/cell.repository.js';
import type { collectorsOn } from '../../test/support/collectors.js';
import { median, timeOnce } from '../support/measure.js';
import type { BenchRow } from '../support/report.js';

const LATE_ROWS = 30;

/** The refresh after one late row, against rebuilding the hourly tier in one statement. */
export async function benchRefresh(
  db: Database,
  collectors: ReturnType<typeof collectorsOn>,
): Promise<BenchRow[]> {
  await collectors.refresher.refresh();
  await db.query(sql`VACUUM FULL ANALYZE scraper_metrics_hourly`);
  await db.query(sql`VACUUM FULL ANALYZE scraper_daily_summary`);
  await db.query(sql`CREATE TABLE rebuilt (LIKE scraper_metrics_hourly INCLUDING ALL)`);
  const rebuild = await timeOnce(() =>
    db.query(sql`INSERT INTO rebuilt (series_id, hour, ${CELL_COLUMNS}) ${hourCells(sql`true`)}`),
  );
  const lateMs: number[] = [];
  for (let row = 0; row < LATE_ROWS; row += 1) {
    await db.query(sql`
      INSERT INTO scraper_page_performance (series_id, created_at, scrape_duration_ms, is_navigation, success)
      SELECT min(id) + ${row}::integer, now() - interval '20 days', 12, false, true FROM scraper_series
      WHERE scraper_source = 'source-1'`);
    lateMs.push(await timeOnce(() => collectors.refresher.refresh()));
  }
  return [
    {
      id: 'late-row-refresh',
      ratio: rebuild / median(lateMs),
      against: 'rebuild of the hourly tier in one statement',
      goal: 1_000,
      want: 'at least',
      figures: { rebuildMs: Math.round(rebuild), lateRowMs: Number(median(lateMs).toFixed(2)) },
    },
  ];
}
