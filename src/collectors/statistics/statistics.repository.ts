import { Injectable } from '@nestjs/common';
import { sql, type SqlFragment } from '../../kernel/sql.js';
import { Database } from '../../platform/database/index.js';
import { type Cell, MERGED_CELL, type NullableCell } from '../rollups/cell.repository.js';
import {
  cells,
  cellsWhenClean,
  dirtyHours,
  isClean,
  seriesOf,
  type TierQuestion,
} from './tier-sql.repository.js';
import type { Span } from './tier-plan.js';

/** Which series a question is about; an absent name means any. */
export interface SeriesFilter {
  readonly tenantId: string;
  readonly scraperSource?: string;
  readonly metricType?: string;
}

/** A series with its id. */
export interface SeriesRow {
  readonly id: number;
  readonly scraperSource: string;
  readonly metricType: string;
}

/** The cell of one series over a whole window. */
export interface SeriesCell extends NullableCell {
  readonly scraperSource: string;
  readonly metricType: string;
}

/** The cell of one step of a chart. */
export interface StepCell extends Cell {
  readonly at: Date;
}

/** What a statement over clean cells adds to each row: whether its assumption held, in the same snapshot. */
interface CleanFlag {
  readonly isClean: boolean;
}

/** Makes the statement that merges `cell`, a UNION of cells; `flag` adds columns to its rows. */
type Select = (cell: SqlFragment, flag: SqlFragment) => SqlFragment;

/**
 * Reads the tiers as one consistent whole. Each answer is one statement, so one snapshot: an hour is
 * either marked, and read from raw rows, or unmarked, and its rollups are exact. A first, lean statement
 * supposes that nothing is marked and says whether that held; only when it did not, the full one runs.
 */
@Injectable()
export class StatisticsRepository {
  constructor(private readonly db: Database) {}

  /** The series that match, by source and type. */
  series({ tenantId, scraperSource, metricType }: SeriesFilter): Promise<SeriesRow[]> {
    return this.db.read<SeriesRow>(sql`
      SELECT id, scraper_source AS "scraperSource", metric_type AS "metricType" FROM scraper_series
      WHERE tenant_id = ${tenantId}::bigint
        AND (${scraperSource ?? null}::text IS NULL OR scraper_source = ${scraperSource ?? null})
        AND (${metricType ?? null}::text IS NULL OR metric_type = ${metricType ?? null})
      ORDER BY scraper_source, metric_type`);
  }

  /** About how many events the series have in the window; source: their hourly rollups. */
  async countEvents(ids: readonly number[], { from, to }: Span): Promise<number> {
    const [row] = await this.db.read<{ events: number }>(sql`
      SELECT coalesce(sum(event_count), 0)::float8 AS events FROM scraper_metrics_hourly
      WHERE series_id = ANY (${ids}::integer[]) AND hour >= ${from}::timestamptz AND hour < ${to}::timestamptz`);
    return row?.events ?? 0;
  }

  /** One cell per series, by source and type; null where a series has no events in the window. */
  bySeries(question: TierQuestion): Promise<SeriesCell[]> {
    return this.read<SeriesCell>(
      question,
      'series',
      (cell, flag) => sql`
        SELECT series.scraper_source AS "scraperSource", series.metric_type AS "metricType", merged.* ${flag}
        FROM series FULL JOIN (
          SELECT cell.series_id, ${MERGED_CELL} FROM (${cell}) AS cell GROUP BY cell.series_id
        ) AS merged ON merged.series_id = series.id
        ORDER BY series.scraper_source, series.metric_type`,
    );
  }

  /** The cell of all series of the question together: without the join and sort of `bySeries`, for one series. */
  async whole(question: TierQuestion): Promise<Cell | undefined> {
    const [cell] = await this.read<Cell>(
      question,
      'whole',
      (cells, flag) =>
        sql`SELECT merged.* ${flag} FROM (SELECT ${MERGED_CELL} FROM (${cells}) AS cell) AS merged`,
    );
    return cell;
  }

  /** One cell per step (an interval) that has events, oldest first, all matching series together. */
  bySteps(question: TierQuestion, step: string): Promise<StepCell[]> {
    return this.read<StepCell>(
      question,
      'steps',
      (cell, flag) => sql`
        SELECT merged.* ${flag} FROM (
          SELECT date_bin(${step}::interval, cell.at, 'epoch') AS at, ${MERGED_CELL}
          FROM (${cell}) AS cell GROUP BY 1 ORDER BY 1
        ) AS merged`,
    );
  }

  private async read<Row extends object>(
    question: TierQuestion,
    name: string,
    select: Select,
  ): Promise<Row[]> {
    const shape = `${name}-${shapeOf(question)}`;
    const series = seriesOf(question);
    const rows = await this.db.read<Row & CleanFlag>(
      sql`${series} ${select(cellsWhenClean(question), sql`, ${isClean(question)} AS "isClean"`)}`,
      { prepareAs: `clean-${shape}` },
    );
    if (rows[0]?.isClean) return rows;
    return this.db.read<Row>(sql`${series} ${dirtyHours(question)} ${select(cells(question), sql``)}`, {
      prepareAs: `mixed-${shape}`,
    });
  }
}

/** What the text of a statement depends on; few values, so each is prepared once per connection. */
function shapeOf({ series, plan }: TierQuestion): string {
  const selection = 'ids' in series ? 'ids' : 'names';
  return `${selection}-${plan.daily.length}${plan.hourly.length}${plan.raw.length}`;
}
