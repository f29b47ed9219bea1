import { Injectable } from '@nestjs/common';
import { joinSql, sql, type SqlFragment } from '../../kernel/sql.js';
import { Database } from '../../platform/database/index.js';
import { CELL_COLUMNS, rawCells } from '../rollups/cell.repository.js';
import type { Need, WindowCell } from './measurement.js';

/** Which series are meant; null: any. */
export interface SeriesPattern {
  readonly tenantId: string;
  readonly scraperSource: string | null;
  readonly metricType: string | null;
}

/** A series that a pattern matches. */
export interface MatchedSeries {
  /** Position of the pattern. */
  readonly position: number;
  readonly id: number;
  readonly scraperSource: string;
  readonly metricType: string;
  readonly createdAt: Date;
}

/** The spans that cells are asked of, and which series each is asked for: position by position. */
export interface CellQuestion {
  readonly spans: readonly { readonly from: Date; readonly to: Date }[];
  readonly seriesIds: readonly number[];
  /** Index of the span. */
  readonly spanOf: readonly number[];
}

/** A cell with the position it was asked at. */
export type PlacedCell = WindowCell & { readonly position: number };

/** Columns by need; the alias `r` has events. */
export const NEEDS: Readonly<Record<Need, SqlFragment>> = {
  successes: sql`, count(*) FILTER (WHERE r.success)::float8 AS successes`,
  durationSum: sql`, count(r.duration_ms)::float8 AS durations, sum(r.duration_ms) AS "sumMs"`,
  durationEnds: sql`, min(r.duration_ms) AS "minMs", max(r.duration_ms) AS "maxMs"`,
  durationRanks: sql`, percentile_disc(ARRAY[0.5, 0.95, 0.99]) WITHIN GROUP (ORDER BY r.duration_ms) AS "durationRanks"`,
  lastDuration: sql`, (array_agg(r.duration_ms ORDER BY r.created_at DESC, r.id DESC)
    FILTER (WHERE r.duration_ms IS NOT NULL))[1] AS "lastDuration"`,
  items: sql`, sum(r.items_extracted)::float8 AS items`,
  itemEnds: sql`, min(r.items_extracted)::float8 AS "minItems", max(r.items_extracted)::float8 AS "maxItems"`,
  itemRanks: sql`, percentile_disc(ARRAY[0.5, 0.95, 0.99])
    WITHIN GROUP (ORDER BY r.items_extracted::float8) AS "itemRanks"`,
  lastItems: sql`, (array_agg(r.items_extracted::float8 ORDER BY r.created_at DESC, r.id DESC)
    FILTER (WHERE r.items_extracted IS NOT NULL))[1] AS "lastItems"`,
  lastSuccess: sql`, (array_agg(r.success::integer::float8 ORDER BY r.created_at DESC, r.id DESC))[1] AS "lastSuccess"`,
};

/**
 * Windows of many series by one statement. Each series and window is one range of the covering index: LATERAL, since a
 * join would leave the planner to guess how much of the table the windows are. What is sent and what comes back is
 * numbers only, because a thousand rows of names cost more than the reading.
 */
@Injectable()
export class WindowRepository {
  constructor(private readonly db: Database) {}

  /** The series of each pattern, by id, at most so many of each. */
  match(patterns: readonly SeriesPattern[], most: number): Promise<MatchedSeries[]> {
    return this.db.read<MatchedSeries>(sql`
      SELECT asked.position::integer - 1 AS position, series.id, series.scraper_source AS "scraperSource",
        series.metric_type AS "metricType", series.created_at AS "createdAt"
      FROM unnest(${patterns.map(({ tenantId }) => tenantId)}::bigint[],
        ${patterns.map(({ scraperSource }) => scraperSource)}::text[],
        ${patterns.map(({ metricType }) => metricType)}::text[])
        WITH ORDINALITY AS asked (tenant_id, scraper_source, metric_type, position)
      CROSS JOIN LATERAL (${seriesOfAsked(most)}) AS series
      ORDER BY asked.position, series.id`);
  }

  /** Those that have had events since then; source: hourly rollups. The order is what one index alone has. */
  async activeSince(seriesIds: readonly number[], since: Date): Promise<number[]> {
    const rows = await this.db.read<{ id: number }>(sql`
      SELECT id FROM unnest(${seriesIds}::integer[]) AS id
      WHERE (
        SELECT true FROM scraper_metrics_hourly h WHERE h.series_id = id AND h.hour >= ${since}::timestamptz
        ORDER BY h.hour DESC LIMIT 1)`);
    return rows.map(({ id }) => id);
  }

  /** Exact, from raw rows. The text depends on what is needed alone. */
  fromRaw(question: CellQuestion, needs: ReadonlySet<Need>): Promise<PlacedCell[]> {
    const [earliest, latest] = endsOf(question);
    const columns = [...needs].sort().map((need) => NEEDS[need]);
    return this.db.read<PlacedCell>(sql`
      SELECT asked.position::integer - 1 AS position, cell.*
      FROM ${askedSpans(question)} CROSS JOIN LATERAL (
        SELECT ${joinSql([sql`count(*)::float8 AS events`, ...columns], '')} FROM scraper_page_performance r
        WHERE r.series_id = asked.id AND r.created_at >= asked.since AND r.created_at < asked.until
          AND r.created_at >= ${earliest}::timestamptz AND r.created_at < ${latest}::timestamptz) AS cell`);
  }

  /**
   * Exact counts and sums, and a sketch, from hourly rollups where they are clean, and raw rows where they are not and
   * at the edges. One statement, so one snapshot.
   */
  fromRollups(question: CellQuestion): Promise<PlacedCell[]> {
    const [earliest] = endsOf(question);
    return this.db.read<PlacedCell>(sql`
      WITH dirty AS MATERIALIZED (${dirtyHours(question.seriesIds)} AND hour > ${earliest}::timestamptz - interval '1 hour'
        GROUP BY series_id),
      spans AS MATERIALIZED (
        SELECT asked.*, ${DIRTY_HOURS},
          date_bin('1 hour', since + interval '1 hour' - interval '1 microsecond', 'epoch') AS first_hour,
          date_bin('1 hour', until, 'epoch') AS end_hour
        FROM ${askedSpans(question)} FULL JOIN dirty ON dirty.series_id = asked.id)
      SELECT asked.position::integer - 1 AS position, cell.* FROM spans AS asked CROSS JOIN LATERAL (
        SELECT coalesce(sum(event_count), 0)::float8 AS events, coalesce(sum(success_count), 0)::float8 AS successes,
          coalesce(sum(duration_count), 0)::float8 AS durations, sum(sum_ms) AS "sumMs", min(min_ms) AS "minMs",
          max(max_ms) AS "maxMs", sum(total_items)::float8 AS items, string_agg(sketch, ''::bytea) AS sketch
        FROM (${hoursAndEdges()}) AS part) AS cell`);
  }
}

/**
 * A branch for each shape of a pattern: "any or this one" in one condition would read all series of the tenant. The 0
 * keeps the planner from reading those of all tenants in the order of their ids, in the hope of finding enough soon;
 * BETWEEN, from taking every series for one that matches, where its statistics know one source.
 */
function seriesOfAsked(most: number): SqlFragment {
  const bySource = sql`s.scraper_source BETWEEN asked.scraper_source AND asked.scraper_source`;
  const byType = sql`s.metric_type = asked.metric_type`;
  const anySource = sql`asked.scraper_source IS NULL`;
  const anyType = sql`asked.metric_type IS NULL`;
  const shapes = [
    sql`${bySource} AND ${byType}`,
    sql`${bySource} AND ${anyType}`,
    sql`${anySource} AND ${byType}`,
    sql`${anySource} AND ${anyType}`,
  ];
  const branches = shapes.map(
    (shape) => sql`(
      SELECT s.id, s.scraper_source, s.metric_type, s.created_at FROM scraper_series s
      WHERE s.tenant_id = asked.tenant_id AND ${shape} ORDER BY s.id + 0 LIMIT ${most}::integer)`,
  );
  return joinSql(branches, ' UNION ALL ');
}

/** As `asked` (id, since, until, position). */
function askedSpans({ spans, seriesIds, spanOf }: CellQuestion): SqlFragment {
  return sql`(
    SELECT pair.id, span.since, span.until, pair.position
    FROM unnest(${intArray(seriesIds)}::integer[], ${intArray(spanOf)}::integer[])
      WITH ORDINALITY AS pair (id, span, position)
    JOIN unnest(${spans.map(({ from }) => from)}::timestamptz[], ${spans.map(({ to }) => to)}::timestamptz[])
      WITH ORDINALITY AS span (since, until, number) ON span.number = pair.span + 1) AS asked`;
}

/** As text that needs no quoting: the driver's own takes longer than the statement. */
export function intArray(numbers: readonly number[]): string {
  return `{${numbers.join(',')}}`;
}

/**
 * Marked hours by series, but for the end of the condition and the grouping. As arrays that are joined once: thousands
 * of series that each look for theirs among the marks of all would take half a minute. By FULL JOIN, which no planner
 * makes a nested loop of; a LEFT JOIN would do, since no other series are there.
 */
export function dirtyHours(seriesIds: readonly number[]): SqlFragment {
  return sql`SELECT series_id, array_agg(DISTINCT hour) AS hours FROM rollup_marks
    WHERE series_id = ANY (${intArray(seriesIds)}::integer[])`;
}

/** Of a series, where `dirty` is joined to it; empty when it has none. */
export const DIRTY_HOURS = sql`coalesce(dirty.hours, '{}') AS dirty_hours`;

function endsOf({ spans }: CellQuestion): [earliest: Date, latest: Date] {
  const from = spans.map((span) => span.from.getTime());
  const to = spans.map((span) => span.to.getTime());
  return [new Date(Math.min(...from)), new Date(Math.max(...to))];
}

/** Parts of the window of `asked` as (series_id, at, CELL_COLUMNS). */
function hoursAndEdges(): SqlFragment {
  const ofSeries = sql`r.series_id = asked.id`;
  // OFFSET 0 keeps the planner from turning this into one join over the whole table: few hours are dirty.
  return sql`
    SELECT h.series_id, h.hour AS at, ${CELL_COLUMNS} FROM scraper_metrics_hourly h
    WHERE h.series_id = asked.id AND h.hour >= asked.first_hour AND h.hour < asked.end_hour
      AND h.hour <> ALL (asked.dirty_hours)
    UNION ALL ${rawCells(sql`${ofSeries} AND r.created_at >= asked.since AND r.created_at < asked.first_hour`)}
    UNION ALL ${rawCells(sql`${ofSeries} AND r.created_at >= asked.end_hour AND r.created_at < asked.until`)}
    UNION ALL SELECT raw.* FROM unnest(asked.dirty_hours) AS dirty (hour) CROSS JOIN LATERAL (${rawCells(sql`
      ${ofSeries} AND r.created_at >= dirty.hour AND r.created_at < dirty.hour + interval '1 hour'`)}
      OFFSET 0) AS raw
    WHERE dirty.hour >= asked.first_hour AND dirty.hour < asked.end_hour`;
}
