import { joinSql, sql, type SqlFragment } from '../../kernel/sql.js';
import { CELL_COLUMNS, rawCells } from '../rollups/cell.repository.js';
import type { Span, TierPlan } from './tier-plan.js';

/** Which series a question is about; an absent name means any. */
export interface SeriesFilter {
  readonly tenantId: string;
  readonly scraperSource?: string;
  readonly metricType?: string;
}

/** A window of some series, split over the tiers. */
export interface TierQuestion {
  readonly filter: SeriesFilter;
  readonly window: Span;
  readonly plan: TierPlan;
  /** Interval of the finest step asked for; cells from raw rows are made per such step. */
  readonly rawStep: string;
}

const SERIES_IDS = sql`ANY (ARRAY(SELECT id FROM series))`;

/** WITH series, and dirty: the marked hours of the window. The hour that holds `from` is part of it. */
export function marked({ filter, window }: TierQuestion): SqlFragment {
  return sql`
    WITH series AS MATERIALIZED (
      SELECT id, scraper_source, metric_type FROM scraper_series
      WHERE tenant_id = ${filter.tenantId}::bigint ${named(filter)}),
    dirty AS MATERIALIZED (
      SELECT DISTINCT series_id, hour FROM rollup_marks
      WHERE series_id = ${SERIES_IDS}
        AND hour > ${window.from}::timestamptz - interval '1 hour' AND hour < ${window.to}::timestamptz)`;
}

/** The window's cells as (series_id, at, CELL_COLUMNS), true only when no hour in it is dirty. */
export function cellsWhenClean({ plan, rawStep }: TierQuestion): SqlFragment {
  return joinSql(
    [
      ...plan.daily.map(days),
      ...plan.hourly.map(hours),
      ...plan.raw.map((span) => rawSpan(span, rawStep)),
    ],
    ' UNION ALL ',
  );
}

/** The window's cells: rollups where they are clean, raw rows where they are not. */
export function cells({ plan, rawStep }: TierQuestion): SqlFragment {
  const isCleanHour = sql`NOT EXISTS (SELECT FROM dirty WHERE dirty.series_id = h.series_id AND dirty.hour = h.hour)`;
  const isCleanDay = sql`NOT EXISTS (
    SELECT FROM dirty WHERE dirty.series_id = d.series_id AND date_bin('1 day', dirty.hour, 'epoch') = d.day)`;
  return joinSql(
    [
      ...plan.daily.map((span) => sql`${days(span)} AND ${isCleanDay}`),
      ...plan.daily.map((span) => sql`${hoursOfDirtyDays(span)} AND ${isCleanHour}`),
      ...plan.hourly.map((span) => sql`${hours(span)} AND ${isCleanHour}`),
      ...plan.raw.map((span) => rawSpan(span, rawStep)),
      ...[...plan.daily, ...plan.hourly].map((span) => dirtyHours(span, rawStep)),
    ],
    ' UNION ALL ',
  );
}

function named({ scraperSource, metricType }: SeriesFilter): SqlFragment {
  const bySource = scraperSource === undefined ? sql`` : sql`AND scraper_source = ${scraperSource}`;
  const byType = metricType === undefined ? sql`` : sql`AND metric_type = ${metricType}`;
  return sql`${bySource} ${byType}`;
}

function days({ from, to }: Span): SqlFragment {
  return sql`
    SELECT d.series_id, d.day AS at, ${CELL_COLUMNS} FROM scraper_daily_summary d
    WHERE d.series_id = ${SERIES_IDS} AND d.day >= ${from}::timestamptz AND d.day < ${to}::timestamptz`;
}

function hours({ from, to }: Span): SqlFragment {
  return sql`
    SELECT h.series_id, h.hour AS at, ${CELL_COLUMNS} FROM scraper_metrics_hourly h
    WHERE h.series_id = ${SERIES_IDS} AND h.hour >= ${from}::timestamptz AND h.hour < ${to}::timestamptz`;
}

function rawSpan({ from, to }: Span, step: string): SqlFragment {
  return rawCells(
    sql`r.series_id = ${SERIES_IDS} AND r.created_at >= ${from}::timestamptz AND r.created_at < ${to}::timestamptz`,
    step,
  );
}

function hoursOfDirtyDays({ from, to }: Span): SqlFragment {
  return sql`
    SELECT h.series_id, h.hour AS at, ${CELL_COLUMNS}
    FROM (SELECT DISTINCT series_id, date_bin('1 day', hour, 'epoch') AS day FROM dirty
          WHERE hour >= ${from}::timestamptz AND hour < ${to}::timestamptz) AS dirty_day
    JOIN scraper_metrics_hourly h ON h.series_id = dirty_day.series_id
      AND h.hour >= dirty_day.day AND h.hour < dirty_day.day + interval '1 day'
    WHERE true`;
}

function dirtyHours({ from, to }: Span, step: string): SqlFragment {
  const raw = rawCells(
    sql`r.series_id = dirty.series_id AND r.created_at >= dirty.hour AND r.created_at < dirty.hour + interval '1 hour'`,
    step,
  );
  return sql`
    SELECT raw.* FROM dirty CROSS JOIN LATERAL (${raw}) AS raw
    WHERE dirty.hour >= ${from}::timestamptz AND dirty.hour < ${to}::timestamptz`;
}
