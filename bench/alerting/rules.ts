import type { MeasurementRequest, MeasurementWindows } from '../../src/collectors/index.js';
import { sql } from '../../src/kernel/sql.js';
import type { Database } from '../../src/platform/database/index.js';
import { collectorsOn, createTenant, measurementWindowsOn } from '../../test/support/collectors.js';
import { openBenchDatabase } from '../support/embedded-database.js';
import { median, timeMedian, timeOnce } from '../support/measure.js';
import type { BenchRow } from '../support/report.js';
import type { Scale } from './scale.js';

const RULES = 1_000;
const WINDOW_MS = 300_000;
const GOAL = 80;
const SETS_PER_ROUND = 9;

/** All rules by one statement, against one statement each, on the same events; in alternating rounds. */
export async function benchRules({ rounds, eventsPerSeries }: Scale): Promise<BenchRow[]> {
  const database = await openBenchDatabase();
  try {
    const tenantId = await loadEvents(database.db, eventsPerSeries);
    const requests = Array.from({ length: RULES }, (_, index) => requestOf(tenantId, index));
    const windows = measurementWindowsOn(database.db);
    const at = new Date();
    await demandSameValues(database.db, windows, requests, at);
    const asSet: number[] = [];
    const asEach: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      // Every five seconds in production: what is measured is a server and a process that know it.
      asSet.push(await timeMedian(() => windows.windowsAt(requests, at), SETS_PER_ROUND));
      asEach.push(await timeOnce(() => oneByOne(database.db, requests, at)));
    }
    const ratios = asEach.map((each, round) => each / (asSet[round] ?? NaN));
    const figures = { setMs: rounded(median(asSet)), oneByOneMs: rounded(median(asEach)), rounds };
    const against = 'one statement for each of 1,000 rules';
    return [{ id: 'rules-as-a-set', ratio: median(ratios), against, goal: GOAL, want: 'at least', figures }];
  } finally {
    await database.close();
  }
}

function rounded(ms: number): number {
  return Number(ms.toFixed(2));
}

function requestOf(tenantId: string, index: number): MeasurementRequest {
  const series = { tenantId, scraperSource: `source-${index}`, metricType: 'page' };
  return { ...series, measure: 'durationMs', aggregation: 'mean', windowMs: WINDOW_MS, delayMs: 0 };
}

/** Events of each series every 30 s, in the past hours. */
async function loadEvents(db: Database, eventsPerSeries: number): Promise<string> {
  await collectorsOn(db).partitions.ensure();
  const tenantId = await createTenant(db, 'rules');
  await db.query(sql`
    INSERT INTO scraper_series (tenant_id, scraper_source, metric_type)
    SELECT ${tenantId}::bigint, 'source-' || s, 'page' FROM generate_series(0, ${RULES - 1}::integer) AS s`);
  await db.query(sql`
    INSERT INTO scraper_page_performance (series_id, created_at, scrape_duration_ms, is_navigation, success)
    SELECT id, now() - n * interval '30 seconds', (id * 7919 + n * 104729) % 1000, false, true
    FROM scraper_series, generate_series(1, ${eventsPerSeries}::integer) AS n`);
  await db.query(sql`VACUUM ANALYZE scraper_page_performance`);
  await db.query(sql`VACUUM ANALYZE scraper_series`);
  return tenantId;
}

async function oneByOne(
  db: Database,
  requests: readonly MeasurementRequest[],
  at: Date,
): Promise<(number | null)[]> {
  const values: (number | null)[] = [];
  for (const { tenantId, scraperSource, metricType, windowMs } of requests) {
    const [row] = await db.read<{ value: number | null }>(sql`
      SELECT avg(r.duration_ms) AS value
      FROM scraper_series s JOIN scraper_page_performance r ON r.series_id = s.id
      WHERE s.tenant_id = ${tenantId}::bigint AND s.scraper_source = ${scraperSource} AND s.metric_type = ${metricType}
        AND r.created_at >= ${new Date(at.getTime() - windowMs)}::timestamptz AND r.created_at < ${at}::timestamptz`);
    values.push(row?.value ?? null);
  }
  return values;
}

/** A set that answers something else is no gain. */
async function demandSameValues(
  db: Database,
  windows: MeasurementWindows,
  requests: readonly MeasurementRequest[],
  at: Date,
): Promise<void> {
  const expected = await oneByOne(db, requests, at);
  const answered = await windows.windowsAt(requests, at);
  const isSame = answered.every(({ series: [only] }, index) => {
    return typeof only?.value === 'number' && Math.abs(only.value - (expected[index] ?? NaN)) < 1e-6;
  });
  if (!isSame) throw new TypeError('the set of rules has other values than its rules one by one');
}
