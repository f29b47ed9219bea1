import { Injectable } from '@nestjs/common';
import { sql } from '../../kernel/sql.js';
import type { Queryable } from '../../platform/database/index.js';
import { type Cell, CELL_COLUMNS, hourCells, MERGED_CELL } from './cell.repository.js';

/** A series and one UTC hour or day of it. */
export interface SeriesSpan {
  readonly seriesId: number;
  readonly start: Date;
}

/** A marked hour, with the number of marks that named it. */
export interface MarkedHour extends SeriesSpan {
  readonly marks: number;
}

/** A daily cell to write. */
export interface DailyCell extends Cell, SeriesSpan {}

/** Among this project's advisory locks: "refreshing rollups". */
const REFRESH_LOCK = 7_246_002;

/**
 * Writes the rollup tables. Every method runs in the caller's transaction. Cells are looked up span by span in the order
 * of their key, and never joined: where the planner's statistics are older than the rows, it would read all of them for
 * each span.
 */
@Injectable()
export class RollupRepository {
  /**
   * Makes this transaction the only refresher until it ends; false when another one is at work.
   * The commit need not reach the disk at once: after a crash the marks are back as well.
   */
  async lock(tx: Queryable): Promise<boolean> {
    const [row] = await tx.query<{ isMine: boolean }>(sql`
      SELECT pg_try_advisory_xact_lock(${REFRESH_LOCK}) AS "isMine", set_config('synchronous_commit', 'off', true)`);
    return row?.isMine ?? false;
  }

  /** Removes up to `limit` marks and returns the hours they named, each once. */
  takeMarks(tx: Queryable, limit: number): Promise<MarkedHour[]> {
    return tx.query<MarkedHour>(
      sql`
        WITH taken AS (
          DELETE FROM rollup_marks WHERE ctid = ANY (ARRAY(SELECT ctid FROM rollup_marks LIMIT ${limit}))
          RETURNING series_id, hour)
        SELECT series_id AS "seriesId", hour AS start, count(*)::integer AS marks FROM taken GROUP BY 1, 2`,
      { prepareAs: 'rollup-take-marks' },
    );
  }

  /** Recomputes hours from raw rows; an hour without rows loses its cell. Safe to repeat. */
  async rollUpHours(tx: Queryable, hours: readonly SeriesSpan[]): Promise<void> {
    await tx.query(
      sql`
        WITH span AS (SELECT * FROM ${unnestSpans(hours)}),
        fresh AS MATERIALIZED (
          SELECT cell.* FROM span CROSS JOIN LATERAL (${hourCells(
            sql`r.series_id = span.series_id AND r.created_at >= span.start
              AND r.created_at < span.start + interval '1 hour'`,
          )}) AS cell),
        emptied AS (
          DELETE FROM scraper_metrics_hourly WHERE ctid = ANY (ARRAY(
            SELECT old.ctid FROM (SELECT series_id, start FROM span EXCEPT SELECT series_id, at FROM fresh) AS span
            CROSS JOIN LATERAL (
              SELECT h.ctid FROM scraper_metrics_hourly h
              WHERE h.series_id = span.series_id AND h.hour BETWEEN span.start AND span.start
              ORDER BY h.hour LIMIT 1) AS old)))
        INSERT INTO scraper_metrics_hourly (series_id, hour, ${CELL_COLUMNS})
        SELECT series_id, at, ${CELL_COLUMNS} FROM fresh
        ON CONFLICT (series_id, hour) DO UPDATE SET (${CELL_COLUMNS}) = ROW (
          excluded.event_count, excluded.success_count, excluded.total_items, excluded.duration_count,
          excluded.sum_ms, excluded.sum_squares_ms2, excluded.min_ms, excluded.max_ms, excluded.sketch)`,
      { prepareAs: 'rollup-hours' },
    );
  }

  /** Days merged from their hourly cells, the sketch not yet compacted; days without hours are absent. */
  mergeHours(tx: Queryable, days: readonly SeriesSpan[]): Promise<DailyCell[]> {
    return tx.query<DailyCell>(
      sql`
        SELECT span.series_id AS "seriesId", span.start, merged.*
        FROM ${unnestSpans(days)} CROSS JOIN LATERAL (
          SELECT ${MERGED_CELL} FROM scraper_metrics_hourly h
          WHERE h.series_id = span.series_id AND h.hour >= span.start AND h.hour < span.start + interval '24 hours'
          HAVING count(*) > 0) AS merged`,
      { prepareAs: 'rollup-merge-hours' },
    );
  }

  /** Replaces the daily cells of `days` by `cells`. */
  async replaceDays(tx: Queryable, days: readonly SeriesSpan[], cells: readonly DailyCell[]): Promise<void> {
    const column = (value: (cell: DailyCell) => unknown): unknown[] => cells.map(value);
    await tx.query(
      sql`
        WITH cell AS (
          SELECT * FROM unnest(
            ${column((cell) => cell.seriesId)}::integer[], ${column((cell) => cell.start)}::timestamptz[],
            ${column((cell) => cell.eventCount)}::bigint[], ${column((cell) => cell.successCount)}::bigint[],
            ${column((cell) => cell.totalItems)}::bigint[], ${column((cell) => cell.durationCount)}::bigint[],
            ${column((cell) => cell.sumMs)}::float8[], ${column((cell) => cell.sumSquaresMs2)}::float8[],
            ${column((cell) => cell.minMs)}::float8[], ${column((cell) => cell.maxMs)}::float8[],
            ${column((cell) => cell.sketch)}::bytea[]
          ) AS t (series_id, day, ${CELL_COLUMNS})),
        emptied AS (
          DELETE FROM scraper_daily_summary WHERE ctid = ANY (ARRAY(
            SELECT old.ctid FROM (
              SELECT series_id, start FROM ${unnestSpans(days)} EXCEPT SELECT series_id, day FROM cell) AS span
            CROSS JOIN LATERAL (
              SELECT d.ctid FROM scraper_daily_summary d
              WHERE d.series_id = span.series_id AND d.day BETWEEN span.start AND span.start
              ORDER BY d.day LIMIT 1) AS old)))
        INSERT INTO scraper_daily_summary (series_id, day, ${CELL_COLUMNS})
        SELECT series_id, day, ${CELL_COLUMNS} FROM cell
        ON CONFLICT (series_id, day) DO UPDATE SET (${CELL_COLUMNS}) = ROW (
          excluded.event_count, excluded.success_count, excluded.total_items, excluded.duration_count,
          excluded.sum_ms, excluded.sum_squares_ms2, excluded.min_ms, excluded.max_ms, excluded.sketch)`,
      { prepareAs: 'rollup-replace-days' },
    );
  }

  /** Marks not yet worked off; source rollup_marks. */
  async backlog(db: Queryable): Promise<number> {
    const [row] = await db.query<{ marks: number }>(sql`SELECT count(*)::float8 AS marks FROM rollup_marks`);
    return row?.marks ?? 0;
  }

  /** Frees the space of removed marks, so that readers do not wade through them. Not in a transaction. */
  async vacuumMarks(db: Queryable): Promise<void> {
    await db.query(sql`VACUUM (SKIP_LOCKED) rollup_marks`);
  }
}

function unnestSpans(spans: readonly SeriesSpan[]): ReturnType<typeof sql> {
  return sql`unnest(${spans.map(({ seriesId }) => seriesId)}::integer[], ${spans.map(({ start }) => start)}::timestamptz[])
    AS span (series_id, start)`;
}
