import { Injectable } from '@nestjs/common';
import { createHash } from 'node:crypto';
import { sql, type SqlFragment } from '../../kernel/sql.js';
import { Database } from '../../platform/database/index.js';
import { type Cell, MERGED_CELL } from '../rollups/cell.repository.js';
import { cells, cellsWhenClean, marked, type TierQuestion } from './tier-sql.repository.js';

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

/**
 * Reads the tiers as one consistent whole. Each answer is one statement, so one snapshot: an hour is
 * either marked, and read from raw rows, or unmarked, and its rollups are exact. A first, lean statement
 * supposes that nothing is marked and says whether that held; only when it did not, the full one runs.
 */
@Injectable()
export class StatisticsRepository {
  constructor(private readonly db: Database) {}

  /** One cell per series that matches, by source and type; series without events in the window included. */
  bySeries(question: TierQuestion): Promise<SeriesCell[]> {
    return this.read<SeriesCell>(
      question,
      (cell, flag) => sql`
        SELECT series.scraper_source AS "scraperSource", series.metric_type AS "metricType", merged.* ${flag}
        FROM series LEFT JOIN (
          SELECT cell.series_id, ${MERGED_CELL} FROM (${cell}) AS cell GROUP BY cell.series_id
        ) AS merged ON merged.series_id = series.id
        ORDER BY series.scraper_source, series.metric_type`,
    );
  }

  /** One cell per step of `rawStep` that has events, oldest first, all matching series together. */
  bySteps(question: TierQuestion): Promise<StepCell[]> {
    return this.read<StepCell>(
      question,
      (cell, flag) => sql`
        SELECT merged.* ${flag} FROM (
          SELECT date_bin(${question.rawStep}::interval, cell.at, 'epoch') AS at, ${MERGED_CELL}
          FROM (${cell}) AS cell GROUP BY 1 ORDER BY 1
        ) AS merged`,
    );
  }

  private async read<Row extends object>(
    question: TierQuestion,
    select: (cell: SqlFragment, flag: SqlFragment) => SqlFragment,
  ): Promise<Row[]> {
    const flag = sql`, NOT EXISTS (SELECT FROM dirty) AS "isClean"`;
    const rows = await this.run<Row & CleanFlag>(
      sql`${marked(question)} ${select(cellsWhenClean(question), flag)}`,
    );
    if (rows[0]?.isClean) return rows;
    return this.run<Row>(sql`${marked(question)} ${select(cells(question), sql``)}`);
  }

  /** There are few distinct texts (filters x tiers), so each is prepared once per connection. */
  private run<Row extends object>(statement: SqlFragment): Promise<Row[]> {
    const digest = createHash('sha256').update(statement.compile().text).digest('base64url');
    return this.db.query<Row>(statement, { prepareAs: `statistics-${digest.slice(0, 22)}` });
  }
}
