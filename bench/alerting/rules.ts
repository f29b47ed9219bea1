import type { MeasurementRequest, MeasurementWindows } from '../../src/collectors/index.js';
import { sql } from '../../src/kernel/sql.js';
import type { Database } from '../../src/platform/database/index.js';
import { collectorsOn, createTenant, measurementWindowsOn } from '../../test/support/collectors.js';
import { openBenchDatabase } from '../support/embedded-database.js';
import { median, timeMedian, timeOnce } from '../support/measure.js';
import type { BenchRow } from '../support/report.js';
import type { Scale } from './scale.js';

const RULES = 1_000;
const SERIES = 1_000;
/** Rules that people have on a scraper; each is another statement when rules come one by one. */
const KINDS = [
  { measure: 'durationMs', aggregation: 'mean', value: sql`avg(r.duration_ms)` },
  {
    measure: 'durationMs',
    aggregation: 'p95',
    value: sql`percentile_disc(0.95) WITHIN GROUP (ORDER BY r.duration_ms)`,
  },
  { measure: 'successRatio', aggregation: 'mean', value: sql`avg(r.success::integer)::float8` },
  { measure: 'items', aggregation: 'count', value: sql`count(*)::float8` },
] as const;
const WINDOW_MS = 300_000;
const GOAL = 80;
const SETS_PER_ROUND = 9;

/**
 * All rules by one statement, against one statement each, on the same events; in alternating rounds. Four rules on
 * each of 250 scrapers; the figures also have a rule on each of 1,000, where the set has nothing to share.
 */
export async function benchRules({ rounds, eventsPerSeries }: Scale): Promise<BenchRow[]> {
  const database = await openBenchDatabase();
  try {
    const tenantId = await loadEvents(database.db, eventsPerSeries);
    const shared = await compare(database.db, requestsOf(tenantId, KINDS.length), rounds);
    const distinct = await compare(database.db, requestsOf(tenantId, 1), Math.ceil(rounds / 3));
    const figures = {
      ...shared,
      distinctSeriesRatio: distinct.ratio,
      distinctSeriesSetMs: distinct.setMs,
      rounds,
    };
    const against = 'one statement for each of 1,000 rules';
    return [{ id: 'rules-as-a-set', ratio: shared.ratio, against, goal: GOAL, want: 'at least', figures }];
  } finally {
    await database.close();
  }
}

async function compare(db: Database, requests: readonly MeasurementRequest[], rounds: number) {
  const windows = measurementWindowsOn(db);
  const at = new Date();
  await demandSameValues(db, windows, requests, at);
  const asSet: number[] = [];
  const asEach: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    // Every five seconds in production: what is measured is a server and a process that know it.
    asSet.push(await timeMedian(() => windows.windowsAt(requests, at), SETS_PER_ROUND));
    asEach.push(await timeOnce(() => oneByOne(db, requests, at)));
  }
  const ratio = rounded(median(asEach.map((each, round) => each / (asSet[round] ?? NaN))));
  return { ratio, setMs: rounded(median(asSet)), oneByOneMs: rounded(median(asEach)) };
}

function rounded(ms: number): number {
  return Number(ms.toFixed(2));
}

/** So many rules on each series. */
function requestsOf(tenantId: string, perSeries: number): MeasurementRequest[] {
  return Array.from({ length: RULES }, (_, index) => ({
    tenantId,
    scraperSource: `source-${Math.floor(index / perSeries)}`,
    metricType: 'page',
    measure: kindOf(index % perSeries).measure,
    aggregation: kindOf(index % perSeries).aggregation,
    windowMs: WINDOW_MS,
    delayMs: 0,
  }));
}

function kindOf(index: number): (typeof KINDS)[number] {
  return KINDS[index] ?? KINDS[0];
}

/** Events of each series every 30 s, in the past hours. */
async function loadEvents(db: Database, eventsPerSeries: number): Promise<string> {
  await collectorsOn(db).partitions.ensure();
  const tenantId = await createTenant(db, 'rules');
  await db.query(sql`
    INSERT INTO scraper_series (tenant_id, scraper_source, metric_type)
    SELECT ${tenantId}::bigint, 'source-' || s, 'page' FROM generate_series(0, ${SERIES - 1}::integer) AS s`);
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
  for (const { tenantId, scraperSource, metricType, windowMs, measure, aggregation } of requests) {
    const kind =
      KINDS.find((each) => each.measure === measure && each.aggregation === aggregation) ?? KINDS[0];
    const [row] = await db.read<{ value: number | null }>(sql`
      SELECT ${kind.value} AS value
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
