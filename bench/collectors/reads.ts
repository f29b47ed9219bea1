import { sql } from '../../src/kernel/sql.js';
import type { Database, Queryable } from '../../src/platform/database/index.js';
import type { collectorsOn } from '../../test/support/collectors.js';
import { timeMedian } from '../support/measure.js';
import type { BenchRow } from '../support/report.js';

const DAY_MS = 86_400_000;
const EXACT = sql`count(*)::float8 AS count, avg(duration_ms) AS mean, min(duration_ms) AS least, max(duration_ms) AS most,
  percentile_disc(ARRAY[0.5, 0.95, 0.99]) WITHIN GROUP (ORDER BY duration_ms) AS ranks`;

interface ExactRow {
  readonly count: number;
  readonly ranks: number[];
  readonly source: string;
  readonly type: string;
}

/** Statistics of 30 days through the service, against exact SQL on the same rows. */
export async function benchReads(
  db: Database,
  { statistics }: ReturnType<typeof collectorsOn>,
  tenantId: string,
): Promise<BenchRow[]> {
  const from = new Date(Date.now() - 30 * DAY_MS);
  const window = { from };
  const exactAll = (): Promise<ExactRow[]> =>
    db.query<ExactRow>(sql`
      SELECT s.scraper_source AS source, s.metric_type AS type, exact.* FROM scraper_series s JOIN (
        SELECT series_id, ${EXACT} FROM scraper_page_performance
        WHERE series_id IN (SELECT id FROM scraper_series WHERE tenant_id = ${tenantId}::bigint)
          AND created_at >= ${from}::timestamptz GROUP BY series_id
      ) AS exact ON exact.series_id = s.id`);
  const allMs = await timeMedian(() => statistics.stats({ tenantId, window }), 21, 8);
  const exactAllMs = await timeMedian(exactAll, 5);

  const one = { tenantId, scraperSource: 'source-3', metricType: 'type-2', window };
  const oneMs = await timeMedian(() => statistics.stats(one), 301, 50);
  const scan = (session: Queryable): Promise<object[]> =>
    session.query(sql`
      SELECT ${EXACT} FROM plain_events WHERE created_at >= ${from}::timestamptz AND series_id = (
        SELECT id FROM scraper_series WHERE tenant_id = ${tenantId}::bigint AND scraper_source = 'source-3' AND metric_type = 'type-2')`);
  const [scanMs, parallelScanMs] = await db.session(async (session) => {
    const parallel = await timeMedian(() => scan(session), 5);
    await session.query(sql`SET max_parallel_workers_per_gather = 0`);
    const serial = await timeMedian(() => scan(session), 5);
    await session.query(sql`RESET max_parallel_workers_per_gather`);
    return [serial, parallel];
  });

  const answers = await statistics.stats({ tenantId, window });
  const exact = new Map((await exactAll()).map((row) => [`${row.source}/${row.type}`, row]));
  const errors = answers.rows.flatMap((row) => {
    const ranks = exact.get(`${row.scraperSource}/${row.metricType}`)?.ranks ?? [];
    return [row.p50DurationMs, row.p95DurationMs, row.p99DurationMs].map((value, index) =>
      Math.abs((value ?? NaN) / (ranks[index] ?? NaN) - 1),
    );
  });
  const rounded = (ms: number): number => Number(ms.toFixed(3));
  return [
    {
      id: 'all-series-30d',
      ratio: exactAllMs / allMs,
      against: 'exact SQL on the covering index',
      goal: 10,
      want: 'at least',
      figures: { ms: rounded(allMs), exactMs: rounded(exactAllMs), series: answers.rows.length },
    },
    {
      id: 'percentile-error',
      ratio: Math.max(...errors),
      against: 'nearest rank (percentile_disc), worst of p50/p95/p99 of all series',
      goal: 0.01,
      want: 'at most',
    },
    {
      id: 'one-series-30d',
      ratio: scanMs / oneMs,
      against: 'sequential scan of the same rows in a plain table, one process',
      goal: 500,
      want: 'at least',
      figures: { ms: rounded(oneMs), scanMs: rounded(scanMs), parallelScanMs: rounded(parallelScanMs) },
    },
  ];
}
