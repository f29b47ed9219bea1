import { joinSql, sql, type SqlFragment } from '../../kernel/sql.js';
import { CELL_COLUMNS, rawCells } from '../rollups/cell.repository.js';
import type { Span, TierPlan } from './tier-plan.js';

/** One series by its names, or several of one tenant by their ids. */
export type SeriesSelection =
  | { readonly tenantId: string; readonly scraperSource: string; readonly metricType: string }
  | { readonly ids: readonly number[] };

/** A window of some series, split over the tiers. */
export interface TierQuestion {
  readonly series: SeriesSelection;
  readonly window: Span;
  readonly plan: TierPlan;
}

const SERIES_IDS = sql`ANY (ARRAY(SELECT id FROM series))`;

/** The question's series as a WITH clause. */
export function seriesOf({ series }: TierQuestion): SqlFragment {
  const isSelected =
    'ids' in series
      ? sql`id = ANY (${series.ids}::integer[])`
      : sql`tenant_id = ${series.tenantId}::bigint AND scraper_source = ${series.scraperSource}
          AND metric_type = ${series.metricType}`;
  return sql`
    WITH series AS MATERIALIZED (SELECT id, scraper_source, metric_type FROM scraper_series WHERE ${isSelected})`;
}

/** Whether no hour of the window is marked. The hour that holds `from` is part of it. */
export function isClean({ window }: TierQuestion): SqlFragment {
  return sql`NOT EXISTS (SELECT FROM rollup_marks WHERE ${isMarkIn(window)})`;
}

/** The window's cells as (series_id, at, CELL_COLUMNS), true only when no hour in it is marked. */
export function cellsWhenClean({ plan }: TierQuestion): SqlFragment {
  return joinSql([...days(plan), ...hours(plan), ...rawSpans(plan)], ' UNION ALL ');
}

/** Continues the WITH clause by the marked hours of the window, and the days they are in. */
export function dirtyHours({ window }: TierQuestion): SqlFragment {
  return sql`, dirty AS MATERIALIZED (SELECT DISTINCT series_id, hour FROM rollup_marks WHERE ${isMarkIn(window)}),
    dirty_day AS MATERIALIZED (SELECT DISTINCT series_id, date_bin('1 day', hour, 'epoch') AS hour FROM dirty)`;
}

/** The window's cells: rollups where they are clean, raw rows where they are not. Needs `dirtyHours`. */
export function cells({ plan }: TierQuestion): SqlFragment {
  return joinSql(
    [
      ...days(plan).map((part) => without(sql`dirty_day`, part)),
      ...hours(plan).map((part) => without(sql`dirty`, part)),
      ...plan.daily.map((span) => without(sql`dirty`, hoursOfDirtyDays(span))),
      ...[...plan.daily, ...plan.hourly].map(rawOfDirtyHours),
      ...rawSpans(plan),
    ],
    ' UNION ALL ',
  );
}

/**
 * Cells whose time is not among `marks` (series_id, hour). FULL, since that is never planned as a nested loop: where the
 * planner expects one cell, it would look through all marks for each.
 */
function without(marks: SqlFragment, part: SqlFragment): SqlFragment {
  return sql`
    SELECT cell.* FROM (${part}) AS cell
    FULL JOIN ${marks} AS mark ON mark.series_id = cell.series_id AND mark.hour = cell.at
    WHERE mark.series_id IS NULL AND coalesce(cell.event_count, 0) > 0`;
}

function isMarkIn({ from, to }: Span): SqlFragment {
  return sql`series_id = ${SERIES_IDS}
    AND hour > ${from}::timestamptz - interval '1 hour' AND hour < ${to}::timestamptz`;
}

/** `column` lies in one of the spans. One condition for all: a branch of the plan costs more than its rows. */
function isWithin(column: SqlFragment, spans: readonly Span[]): SqlFragment {
  const conditions = spans.map(
    ({ from, to }) => sql`(${column} >= ${from}::timestamptz AND ${column} < ${to}::timestamptz)`,
  );
  return sql`(${joinSql(conditions, ' OR ')})`;
}

function days({ daily }: TierPlan): SqlFragment[] {
  if (daily.length === 0) return [];
  return [
    sql`SELECT d.series_id, d.day AS at, ${CELL_COLUMNS} FROM scraper_daily_summary d
      WHERE d.series_id = ${SERIES_IDS} AND ${isWithin(sql`d.day`, daily)}`,
  ];
}

function hours({ hourly }: TierPlan): SqlFragment[] {
  if (hourly.length === 0) return [];
  return [
    sql`SELECT h.series_id, h.hour AS at, ${CELL_COLUMNS} FROM scraper_metrics_hourly h
      WHERE h.series_id = ${SERIES_IDS} AND ${isWithin(sql`h.hour`, hourly)}`,
  ];
}

function rawSpans({ raw }: TierPlan): SqlFragment[] {
  if (raw.length === 0) return [];
  return [rawCells(sql`r.series_id = ${SERIES_IDS} AND ${isWithin(sql`r.created_at`, raw)}`)];
}

function hoursOfDirtyDays({ from, to }: Span): SqlFragment {
  return sql`
    SELECT h.* FROM (SELECT DISTINCT series_id, date_bin('1 day', hour, 'epoch') AS day FROM dirty
      WHERE hour >= ${from}::timestamptz AND hour < ${to}::timestamptz) AS dirty_day
    CROSS JOIN LATERAL (
      SELECT h.series_id, h.hour AS at, ${CELL_COLUMNS} FROM scraper_metrics_hourly h
      WHERE h.series_id = dirty_day.series_id
        AND h.hour >= dirty_day.day AND h.hour < dirty_day.day + interval '24 hours' OFFSET 0) AS h`;
}

function rawOfDirtyHours({ from, to }: Span): SqlFragment {
  const raw = rawCells(
    sql`r.series_id = dirty.series_id AND r.created_at >= dirty.hour AND r.created_at < dirty.hour + interval '1 hour'`,
  );
  // OFFSET 0 keeps the planner from turning this into one join over the whole table: few hours are dirty.
  return sql`
    SELECT raw.* FROM dirty CROSS JOIN LATERAL (${raw} OFFSET 0) AS raw
    WHERE dirty.hour >= ${from}::timestamptz AND dirty.hour < ${to}::timestamptz`;
}
