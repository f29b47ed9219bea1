import { sql, type SqlFragment } from '../../kernel/sql.js';

/** Statistics of some events of one series: a row of a rollup table, or the same made from raw rows. */
export interface Cell {
  readonly eventCount: number;
  readonly successCount: number;
  readonly totalItems: number;
  /** Events that carried a duration. */
  readonly durationCount: number;
  readonly sumMs: number;
  readonly sumSquaresMs2: number;
  readonly minMs: number | null;
  readonly maxMs: number | null;
  /** Byte form of a QuantileSketch, possibly several concatenated. */
  readonly sketch: Buffer;
}

/** A cell that may be missing: what an outer join gives. */
export type NullableCell = { readonly [Column in keyof Cell]: Cell[Column] | null };

/** The columns every tier of cells has, besides its key. */
export const CELL_COLUMNS = sql`event_count, success_count, total_items, duration_count, sum_ms, sum_squares_ms2,
  min_ms, max_ms, sketch`;

/** The columns of a `Cell` from grouped rows that have CELL_COLUMNS. Numbers as float8, so that they arrive as numbers. */
export const MERGED_CELL = sql`
  coalesce(sum(event_count), 0)::float8 AS "eventCount",
  coalesce(sum(success_count), 0)::float8 AS "successCount",
  coalesce(sum(total_items), 0)::float8 AS "totalItems",
  coalesce(sum(duration_count), 0)::float8 AS "durationCount",
  coalesce(sum(sum_ms), 0) AS "sumMs",
  coalesce(sum(sum_squares_ms2), 0) AS "sumSquaresMs2",
  min(min_ms) AS "minMs",
  max(max_ms) AS "maxMs",
  coalesce(string_agg(sketch, ''::bytea), ''::bytea) AS sketch`;

/**
 * Raw rows as cells of one event each: (series_id, at, CELL_COLUMNS). For reads: whoever groups them groups
 * them with the cells of the other tiers.
 * @param where condition on the alias `r` of scraper_page_performance
 */
export function rawCells(where: SqlFragment): SqlFragment {
  return sql`
    SELECT r.series_id, r.created_at AS at, 1::bigint AS event_count, r.success::integer::bigint AS success_count,
      coalesce(r.items_extracted, 0)::bigint AS total_items, (r.duration_ms IS NOT NULL)::integer::bigint AS duration_count,
      coalesce(r.duration_ms, 0) AS sum_ms, coalesce(r.duration_ms * r.duration_ms, 0) AS sum_squares_ms2,
      r.duration_ms AS min_ms, r.duration_ms AS max_ms,
      coalesce(int2send(duration_bucket(r.duration_ms)) || int4send(1), ''::bytea) AS sketch
    FROM scraper_page_performance r
    WHERE ${where}`;
}

/**
 * Cells of whole hours computed from raw rows, made to be stored: (series_id, at, CELL_COLUMNS). The sketch
 * has a pair per bucket, ascending, so equal rows give equal bytes.
 * @param where condition on the alias `r` of scraper_page_performance
 */
export function hourCells(where: SqlFragment): SqlFragment {
  return sql`
    SELECT series_id, at, sum(n)::bigint AS event_count, sum(success_count)::bigint AS success_count,
      sum(total_items)::bigint AS total_items, coalesce(sum(n) FILTER (WHERE bucket IS NOT NULL), 0)::bigint AS duration_count,
      coalesce(sum(sum_ms), 0) AS sum_ms, coalesce(sum(sum_squares_ms2), 0) AS sum_squares_ms2,
      min(min_ms) AS min_ms, max(max_ms) AS max_ms,
      coalesce(string_agg(int2send(bucket) || int4send(n::integer), ''::bytea ORDER BY bucket)
        FILTER (WHERE bucket IS NOT NULL), ''::bytea) AS sketch
    FROM (
      SELECT r.series_id, date_bin('1 hour', r.created_at, 'epoch') AS at, duration_bucket(r.duration_ms) AS bucket,
        count(*) AS n, count(*) FILTER (WHERE r.success) AS success_count,
        coalesce(sum(r.items_extracted), 0) AS total_items, sum(r.duration_ms) AS sum_ms,
        sum(r.duration_ms * r.duration_ms) AS sum_squares_ms2, min(r.duration_ms) AS min_ms, max(r.duration_ms) AS max_ms
      FROM scraper_page_performance r
      WHERE ${where}
      GROUP BY 1, 2, 3
    ) AS by_bucket
    GROUP BY series_id, at`;
}
