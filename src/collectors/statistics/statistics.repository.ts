import { Injectable } from '@nestjs/common';
import { sql, type SqlFragment } from '../../kernel/sql.js';
import { Database } from '../../platform/database/index.js';
import { type Cell, MERGED_CELL } from '../rollups/cell.repository.js';
import {
  cells,
  cellsWhenClean,
  dirtyHours,
  isClean,
  seriesOf,
  type TierQuestion,
} from './tier-sql.repository.js';

/** The cell of one series over a whole window; all zero when the window holds nothing of it. */
export interface SeriesCell extends Cell {
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

  /**
   * One cell per series that matches, by source and type; series without events in the window included, and
   * so is a series that both names ask for and nobody has.
   */
  bySeries(question: TierQuestion): Promise<SeriesCell[]> {
    const { scraperSource, metricType } = question.filter;
    const isOneSeries = scraperSource !== undefined && metricType !== undefined;
    return this.read<SeriesCell>(
      question,
      'series',
      isOneSeries ? mergeOne(scraperSource, metricType) : mergeEach,
    );
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
    const rows = await this.db.query<Row & CleanFlag>(
      sql`${series} ${select(cellsWhenClean(question), sql`, ${isClean(question)} AS "isClean"`)}`,
      { prepareAs: `clean-${shape}` },
    );
    if (rows[0]?.isClean) return rows;
    return this.db.query<Row>(sql`${series} ${dirtyHours(question)} ${select(cells(question), sql``)}`, {
      prepareAs: `mixed-${shape}`,
    });
  }
}

/** Without the join and the sort that several series need: the question of a dashboard's tile. */
function mergeOne(scraperSource: string, metricType: string): Select {
  return (cell, flag) => sql`
    SELECT ${scraperSource}::text AS "scraperSource", ${metricType}::text AS "metricType", merged.* ${flag}
    FROM (SELECT ${MERGED_CELL} FROM (${cell}) AS cell) AS merged`;
}

function mergeEach(cell: SqlFragment, flag: SqlFragment): SqlFragment {
  return sql`
    SELECT series.scraper_source AS "scraperSource", series.metric_type AS "metricType", merged.* ${flag}
    FROM series LEFT JOIN (
      SELECT cell.series_id, ${MERGED_CELL} FROM (${cell}) AS cell GROUP BY cell.series_id
    ) AS merged ON merged.series_id = series.id
    ORDER BY series.scraper_source, series.metric_type`;
}

/** What the text of a statement depends on; few values, so each is prepared once per connection. */
function shapeOf({ filter, plan }: TierQuestion): string {
  const names = `${filter.scraperSource === undefined ? '' : 's'}${filter.metricType === undefined ? '' : 't'}`;
  return `${names}-${plan.daily.length}${plan.hourly.length}${plan.raw.length}`;
}
