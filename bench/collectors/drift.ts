import { sql } from '../../src/kernel/sql.js';
import { changeRandomly } from '../../test/support/random-changes.js';
import { collectorsOn, createTenant } from '../../test/support/collectors.js';
import { Random } from '../../test/support/random.js';
import { auditRollups } from '../../test/support/rollup-audit.js';
import type { BenchDatabase } from '../support/embedded-database.js';
import type { BenchRow } from '../support/report.js';

const WRITERS = 4;

/** Cells that differ from a recomputation after random changes beside two refreshers; and of a tampered table. */
export async function benchDrift(bench: BenchDatabase, changeCount: number): Promise<BenchRow[]> {
  const { db } = bench;
  await db.query(
    sql`TRUNCATE scraper_page_performance, rollup_marks, scraper_metrics_hourly, scraper_daily_summary`,
  );
  const tenantId = await createTenant(db, 'bench-drift');
  const collectors = collectorsOn(db);
  const names = ['a', 'b', 'c'].map((metricType) => ({ scraperSource: 'drift', metricType }));
  const seriesIds = await collectors.series.resolve(tenantId, names);
  const random = new Random(3);
  let isWriting = true;
  const refreshing = [db, bench.openAnother()].map(async (database) => {
    const { refresher } = collectorsOn(database);
    while (isWriting) await refresher.refresh();
  });
  const writing = Array.from({ length: WRITERS }, async () => {
    for (let change = 0; change < changeCount / WRITERS; change += 1)
      await changeRandomly(db, random, seriesIds);
  });
  await Promise.all(writing).finally(() => {
    isWriting = false;
  });
  await Promise.all(refreshing);
  await collectors.refresher.refresh();
  const drift = (await auditRollups(db)).length;
  await db.query(
    sql`UPDATE scraper_metrics_hourly SET total_items = total_items + 1 WHERE ctid = (SELECT min(ctid) FROM scraper_metrics_hourly)`,
  );
  const found = (await auditRollups(db)).length;
  return [
    {
      id: 'rollup-drift-cells',
      ratio: drift,
      against: `recomputation after ${changeCount} random changes, two refreshers`,
      goal: 0,
      want: 'at most',
    },
    {
      id: 'rollup-drift-control',
      ratio: found,
      against: 'the same audit of a table with one tampered cell',
      goal: 1,
      want: 'at least',
    },
  ];
}
