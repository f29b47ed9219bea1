import { Injectable } from '@nestjs/common';
import { joinSql, sql, type SqlFragment } from '../../kernel/sql.js';
import { Database } from '../../platform/database/index.js';
import { CELL_COLUMNS, rawCells } from '../rollups/cell.repository.js';
import type { Need, WindowCell } from '../windows/measurement.js';
import { DIRTY_HOURS, dirtyHours, NEEDS } from '../windows/window.repository.js';

/** Whole steps of some series, each from an instant of its own. */
export interface StepQuestion {
  readonly seriesIds: readonly number[];
  /** Of each series. */
  readonly since: readonly Date[];
  readonly until: Date;
  readonly stepMs: number;
}

/** What happened in one step that has events. */
export type StepCell = WindowCell & {
  /** Position of the series in the question. */
  readonly position: number;
  /** Begin of the step. */
  readonly at: Date;
};

/** Steps of many series by one statement, in their order; steps without events are left out. */
@Injectable()
export class StepRepository {
  constructor(private readonly db: Database) {}

  /** Exact, from raw rows. */
  fromRaw(question: StepQuestion, needs: ReadonlySet<Need>): Promise<StepCell[]> {
    const columns = joinSql(
      [...needs].sort().map((need) => NEEDS[need]),
      '',
    );
    return this.db.read<StepCell>(sql`
      SELECT asked.position::integer - 1 AS position, cell.*
      FROM ${asked(question)} CROSS JOIN LATERAL (
        SELECT ${stepOf(question, sql`r.created_at`)} AS at, count(*)::float8 AS events ${columns}
        FROM scraper_page_performance r
        WHERE r.series_id = asked.id AND r.created_at >= asked.since
          AND r.created_at >= ${earliestOf(question)}::timestamptz AND r.created_at < ${question.until}::timestamptz
        GROUP BY 1) AS cell
      ORDER BY 1, 2`);
  }

  /**
   * Exact counts and sums, and sketches when they are wanted, from hourly rollups where they are clean, else from raw
   * rows. One statement, so one snapshot. For steps of whole hours that begin at whole ones.
   */
  fromRollups(question: StepQuestion, needsSketch: boolean): Promise<StepCell[]> {
    const sketch = needsSketch ? sql`, string_agg(sketch, ''::bytea) AS sketch` : sql``;
    const { seriesIds, until } = question;
    return this.db.read<StepCell>(sql`
      WITH dirty AS MATERIALIZED (${dirtyHours(seriesIds)}
          AND hour >= ${earliestOf(question)}::timestamptz AND hour < ${until}::timestamptz
        GROUP BY series_id),
      pairs AS MATERIALIZED (
        SELECT asked.*, ${DIRTY_HOURS} FROM ${asked(question)} FULL JOIN dirty ON dirty.series_id = asked.id)
      SELECT asked.position::integer - 1 AS position, cell.* FROM pairs AS asked CROSS JOIN LATERAL (
        SELECT ${stepOf(question, sql`part.at`)} AS at, sum(event_count)::float8 AS events,
          sum(success_count)::float8 AS successes, sum(duration_count)::float8 AS durations, sum(sum_ms) AS "sumMs",
          min(min_ms) AS "minMs", max(max_ms) AS "maxMs", sum(total_items)::float8 AS items ${sketch}
        FROM (
          SELECT h.series_id, h.hour AS at, ${CELL_COLUMNS} FROM scraper_metrics_hourly h
          WHERE h.series_id = asked.id AND h.hour >= asked.since AND h.hour < ${until}::timestamptz
            AND h.hour <> ALL (asked.dirty_hours)
          UNION ALL SELECT raw.* FROM unnest(asked.dirty_hours) AS dirty (hour)
            CROSS JOIN LATERAL (${rawCells(sql`r.series_id = asked.id
            AND r.created_at >= dirty.hour AND r.created_at < dirty.hour + interval '1 hour'`)} OFFSET 0) AS raw
          WHERE dirty.hour >= asked.since) AS part
        GROUP BY 1) AS cell
      ORDER BY 1, 2`);
  }

  /** About how many events each series has had since then, in their order; source: hourly rollups. */
  async eventsOf({ seriesIds, since, until, stepMs }: StepQuestion): Promise<number[]> {
    const rows = await this.db.read<{ events: number }>(sql`
      SELECT (SELECT coalesce(sum(event_count), 0)::float8 FROM scraper_metrics_hourly h
        WHERE h.series_id = asked.id AND h.hour >= asked.since AND h.hour < ${until}::timestamptz) AS events
      FROM ${asked({ seriesIds, since, until, stepMs })} ORDER BY asked.position`);
    return rows.map(({ events }) => events);
  }
}

function asked({ seriesIds, since }: StepQuestion): SqlFragment {
  return sql`unnest(${seriesIds}::integer[], ${since}::timestamptz[]) WITH ORDINALITY AS asked (id, since, position)`;
}

function stepOf({ stepMs }: StepQuestion, column: SqlFragment): SqlFragment {
  return sql`date_bin(${`${stepMs} milliseconds`}::interval, ${column}, 'epoch')`;
}

/** Lets the planner leave out partitions. */
function earliestOf({ since }: StepQuestion): Date {
  return new Date(Math.min(...since.map((instant) => instant.getTime())));
}
