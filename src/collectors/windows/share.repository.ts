import { Injectable } from '@nestjs/common';
import { joinSql, sql, type SqlFragment } from '../../kernel/sql.js';
import { Database } from '../../platform/database/index.js';
import { DIRTY_HOURS, dirtyHours, intArray } from './window.repository.js';

/** Windows that end at one instant, and whose series are counted together. */
export interface ShareQuestion {
  readonly until: Date;
  readonly windows: readonly {
    readonly since: Date;
    /** Durations up to this one are counted; null: durations do not matter. */
    readonly edgeMs: number | null;
  }[];
  /** Series and the index of the window they belong to, pair by pair. */
  readonly seriesIds: readonly number[];
  readonly windowOf: readonly number[];
}

/** What happened in one window. */
export interface ShareCounts {
  /** Index of the window. */
  readonly position: number;
  readonly events: number;
  readonly successes: number;
  /** Events with a duration. */
  readonly durations: number;
  /** Of those that were read from raw rows, the ones up to the edge. */
  readonly fast: number;
  /** The durations of all others. Null when durations do not matter, or when there are no others. */
  readonly sketch: Buffer | null;
}

/**
 * Counts events of many windows of any length by one statement, so from one snapshot: whole days from the daily
 * rollups, whole hours beside them from the hourly ones, raw rows at the edges and wherever rollups are marked.
 */
@Injectable()
export class ShareRepository {
  constructor(private readonly db: Database) {}

  /** Windows without any series are left out. */
  count(question: ShareQuestion): Promise<ShareCounts[]> {
    const { until, windows, seriesIds, windowOf } = question;
    const earliest = new Date(Math.min(...windows.map(({ since }) => since.getTime())));
    return this.db.read<ShareCounts>(sql`
      WITH dirty AS MATERIALIZED (${dirtyHours(seriesIds)}
          AND hour > ${earliest}::timestamptz - interval '1 hour' AND hour < ${until}::timestamptz
        GROUP BY series_id),
      asked AS MATERIALIZED (
        SELECT pair.id, pair.span, edges.*, edge.ms AS edge_ms, ${DIRTY_HOURS}
        FROM unnest(${intArray(seriesIds)}::integer[], ${intArray(windowOf)}::integer[]) AS pair (id, span)
        JOIN unnest(${windows.map(({ since }) => since)}::timestamptz[],
          ${windows.map(({ edgeMs }) => edgeMs)}::float8[]) WITH ORDINALITY AS edge (since, ms, number)
          ON edge.number = pair.span + 1
        CROSS JOIN LATERAL ${edgesOf(until)} AS edges
        FULL JOIN dirty ON dirty.series_id = pair.id)
      SELECT asked.span AS position, sum(part.events)::float8 AS events, sum(part.successes)::float8 AS successes,
        sum(part.durations)::float8 AS durations, coalesce(sum(part.fast), 0)::float8 AS fast,
        string_agg(part.sketch, ''::bytea) AS sketch
      FROM asked CROSS JOIN LATERAL (${parts(earliest, until)}) AS part
      GROUP BY asked.span`);
  }
}

/**
 * Where a window of `edge.since` is cut: raw rows in [since, raw_to) and [raw_from, until), hours in
 * [raw_to, days_from) and [days_to, raw_from), days between. Parts may be empty; they never overlap.
 */
function edgesOf(until: Date): SqlFragment {
  const end = sql`${until}::timestamptz`;
  const ceil = (step: string, at: SqlFragment): SqlFragment =>
    sql`date_bin(${step}::interval, ${at} + ${step}::interval - interval '1 microsecond', 'epoch')`;
  return sql`(
    SELECT since, raw_to, days_from, greatest(days_from, date_bin('1 day', raw_from, 'epoch')) AS days_to, raw_from
    FROM (
      SELECT since, raw_to, raw_from, least(${ceil('1 day', sql`raw_to`)}, raw_from) AS days_from
      FROM (
        SELECT edge.since, least(first_hour, ${end}) AS raw_to,
          greatest(least(first_hour, ${end}), date_bin('1 hour', ${end}, 'epoch')) AS raw_from
        FROM (SELECT ${ceil('1 hour', sql`edge.since`)} AS first_hour) AS hours
      ) AS raw
    ) AS days)`;
}

/** Parts of the window of `asked` as (events, successes, durations, fast, sketch). */
function parts(earliest: Date, until: Date): SqlFragment {
  const isInRange = sql`r.created_at >= ${earliest}::timestamptz AND r.created_at < ${until}::timestamptz`;
  const isDirtyDay = sql`EXISTS (SELECT FROM unnest(asked.dirty_hours) AS dirty (hour)
    WHERE dirty.hour >= tier.at AND dirty.hour < tier.at + interval '24 hours')`;
  const raw = sql`
    SELECT count(*) AS events, count(*) FILTER (WHERE r.success) AS successes, count(r.duration_ms) AS durations,
      count(*) FILTER (WHERE r.duration_ms <= asked.edge_ms) AS fast, NULL::bytea AS sketch
    FROM scraper_page_performance r WHERE r.series_id = asked.id AND ${isInRange}`;
  return joinSql(
    [
      sql`${raw} AND r.created_at >= asked.since AND r.created_at < asked.raw_to`,
      sql`${raw} AND r.created_at >= asked.raw_from`,
      sql`${rolledUp(sql`scraper_daily_summary`, sql`day`)}
        WHERE tier.at >= asked.days_from AND tier.at < asked.days_to AND NOT ${isDirtyDay}`,
      sql`${rolledUp(sql`scraper_metrics_hourly`, sql`hour`)}
        WHERE tier.at >= asked.raw_to AND tier.at < asked.days_from AND NOT ${IS_DIRTY_HOUR}`,
      sql`${rolledUp(sql`scraper_metrics_hourly`, sql`hour`)}
        WHERE tier.at >= asked.days_to AND tier.at < asked.raw_from AND NOT ${IS_DIRTY_HOUR}`,
      sql`${rolledUp(sql`scraper_metrics_hourly`, sql`hour`)}
        JOIN (SELECT DISTINCT date_bin('1 day', hour, 'epoch') AS day FROM unnest(asked.dirty_hours) AS dirty (hour)
          WHERE hour >= asked.days_from AND hour < asked.days_to) AS dirty_day
          ON tier.at >= dirty_day.day AND tier.at < dirty_day.day + interval '24 hours'
        WHERE NOT ${IS_DIRTY_HOUR}`,
      sql`SELECT part.* FROM unnest(asked.dirty_hours) AS dirty (hour) CROSS JOIN LATERAL (
          ${raw} AND r.created_at >= dirty.hour AND r.created_at < dirty.hour + interval '1 hour') AS part
        WHERE dirty.hour >= asked.raw_to AND dirty.hour < asked.raw_from`,
    ],
    ' UNION ALL ',
  );
}

const IS_DIRTY_HOUR = sql`(tier.at = ANY (asked.dirty_hours))`;

/** Cells of a tier. The sketch is not even fetched where durations do not matter. */
function rolledUp(table: SqlFragment, at: SqlFragment): SqlFragment {
  return sql`
    SELECT tier.event_count, tier.success_count, tier.duration_count, 0::bigint,
      CASE WHEN asked.edge_ms IS NOT NULL THEN tier.sketch END
    FROM (SELECT series_id, ${at} AS at, event_count, success_count, duration_count, sketch FROM ${table}
      WHERE series_id = asked.id) AS tier`;
}
