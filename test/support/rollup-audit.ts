import { bucketOf } from '../../src/kernel/log-buckets.js';
import { QuantileSketch } from '../../src/kernel/quantile-sketch.js';
import { sql } from '../../src/kernel/sql.js';
import type { Queryable } from '../../src/platform/database/index.js';

/** Sums of floating-point numbers depend on their order in the last bits; everything else must be equal. */
const SUM_TOLERANCE = 1e-9;

interface RawRow {
  readonly seriesId: number;
  readonly start: Date;
  readonly durationMs: number | null;
  readonly items: number | null;
  readonly success: boolean;
}

interface RollupRow {
  readonly seriesId: number;
  readonly start: Date;
  readonly eventCount: number;
  readonly successCount: number;
  readonly totalItems: number;
  readonly durationCount: number;
  readonly sumMs: number;
  readonly sumSquaresMs2: number;
  readonly minMs: number | null;
  readonly maxMs: number | null;
  readonly sketch: Buffer;
}

/**
 * Compares both rollup tables, cell by cell, with a computation of its own over all raw rows, in this
 * process. Returns a line per difference: none means that the rollups are true. With `tenantId`, of its series only.
 */
export async function auditRollups(db: Queryable, tenantId?: string): Promise<string[]> {
  const isAudited = sql`series_id IN (
    SELECT id FROM scraper_series WHERE ${tenantId ?? null}::bigint IS NULL OR tenant_id = ${tenantId ?? null}::bigint)`;
  const hourly = await db.query<RollupRow>(sql`
    SELECT series_id AS "seriesId", hour AS start, event_count::float8 AS "eventCount",
      success_count::float8 AS "successCount", total_items::float8 AS "totalItems",
      duration_count::float8 AS "durationCount", sum_ms AS "sumMs", sum_squares_ms2 AS "sumSquaresMs2",
      min_ms AS "minMs", max_ms AS "maxMs", sketch FROM scraper_metrics_hourly WHERE ${isAudited}`);
  const daily = await db.query<RollupRow>(sql`
    SELECT series_id AS "seriesId", day AS start, event_count::float8 AS "eventCount",
      success_count::float8 AS "successCount", total_items::float8 AS "totalItems",
      duration_count::float8 AS "durationCount", sum_ms AS "sumMs", sum_squares_ms2 AS "sumSquaresMs2",
      min_ms AS "minMs", max_ms AS "maxMs", sketch FROM scraper_daily_summary WHERE ${isAudited}`);
  const raw = await db.query<RawRow>(sql`
    SELECT series_id AS "seriesId", created_at AS start, items_extracted AS items, success,
      CASE WHEN is_navigation THEN coalesce(navigation_duration_ms, scrape_duration_ms)
        ELSE coalesce(scrape_duration_ms, navigation_duration_ms) END AS "durationMs"
    FROM scraper_page_performance WHERE ${isAudited}`);
  return [...compare('hour', 3_600_000, raw, hourly), ...compare('day', 86_400_000, raw, daily)];
}

function compare(
  tier: string,
  stepMs: number,
  raw: readonly RawRow[],
  rollups: readonly RollupRow[],
): string[] {
  const expected = new Map<string, RawRow[]>();
  for (const row of raw) {
    const key = keyOf(row.seriesId, Math.floor(row.start.getTime() / stepMs) * stepMs);
    const rows = expected.get(key) ?? [];
    rows.push(row);
    expected.set(key, rows);
  }
  const differences: string[] = [];
  for (const rollup of rollups) {
    const key = keyOf(rollup.seriesId, rollup.start.getTime());
    const rows = expected.get(key);
    expected.delete(key);
    const problem = rows === undefined ? 'has no raw rows' : differenceOf(rollup, rows);
    if (problem !== undefined) differences.push(`${tier} ${key}: ${problem}`);
  }
  for (const key of expected.keys()) differences.push(`${tier} ${key}: is missing`);
  return differences;
}

function differenceOf(rollup: RollupRow, rows: readonly RawRow[]): string | undefined {
  const durations = rows.flatMap(({ durationMs }) => durationMs ?? []);
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  const exact: [string, unknown, unknown][] = [
    ['eventCount', rollup.eventCount, rows.length],
    ['successCount', rollup.successCount, rows.filter(({ success }) => success).length],
    ['totalItems', rollup.totalItems, sum(rows.map(({ items }) => items ?? 0))],
    ['durationCount', rollup.durationCount, durations.length],
    ['minMs', rollup.minMs, durations.length > 0 ? Math.min(...durations) : null],
    ['maxMs', rollup.maxMs, durations.length > 0 ? Math.max(...durations) : null],
    ['sketch', canonical(rollup.sketch), sketchOf(durations)],
  ];
  for (const [name, actual, wanted] of exact) {
    if (actual !== wanted) return `${name} is ${String(actual)}, must be ${String(wanted)}`;
  }
  const sums: [string, number, number][] = [
    ['sumMs', rollup.sumMs, sum(durations)],
    ['sumSquaresMs2', rollup.sumSquaresMs2, sum(durations.map((duration) => duration * duration))],
  ];
  for (const [name, actual, wanted] of sums) {
    if (Math.abs(actual - wanted) > SUM_TOLERANCE * wanted) return `${name} is ${actual}, must be ${wanted}`;
  }
  return undefined;
}

function canonical(bytes: Buffer): string {
  const sketch = new QuantileSketch();
  sketch.addEncoded(bytes);
  return sketch.encode().toString('hex');
}

function sketchOf(durations: readonly number[]): string {
  const sketch = new QuantileSketch();
  for (const duration of durations) sketch.add(bucketOf(duration), 1);
  return sketch.encode().toString('hex');
}

function keyOf(seriesId: number, startMs: number): string {
  return `series ${seriesId} at ${new Date(startMs).toISOString()}`;
}
