import { Injectable } from '@nestjs/common';
import { QuantileSketch } from '../../kernel/quantile-sketch.js';
import {
  Database,
  DatabaseUnavailableError,
  type Queryable,
  StatementTimeoutError,
} from '../../platform/database/index.js';
import { CollectorsMetrics } from '../collectors-metrics.js';
import { floorDay } from '../time.js';
import { type DailyCell, RollupRepository, type SeriesSpan } from './rollup.repository.js';

/** Marks one transaction takes at most. Halved when a statement times out, doubled again when all went well. */
const MOST_MARKS = 20_000;

/** Days merged at once: their hourly sketches pass through memory, some 10 kB a day. */
const DAYS_PER_MERGE = 500;

/** Removed marks after which the table is vacuumed: about what a reader can skip in a fraction of a ms. */
const VACUUM_AFTER_MARKS = 2_000;

/** What one refresh did. */
export interface RefreshReport {
  /** Series and hours recomputed; one that came up in several transactions counts each time. */
  readonly hours: number;
  /** Another process was refreshing; it does the work. */
  readonly isBusyElsewhere: boolean;
}

/** What one transaction did. */
interface Batch {
  readonly hours: number;
  readonly marks: number;
  /** No mark was left to take. */
  readonly isLast: boolean;
}

/**
 * Brings the rollups up to date with the raw rows. Per transaction: take marks, recompute the marked hours
 * from raw rows, merge their days. The order matters: the marks are deleted in a statement before the
 * recomputation, so a change that commits in between keeps its own mark, and its hour is computed again.
 * One refresher at a time (advisory lock in the transaction): two could overwrite new cells with old ones.
 * Killed at any point, the transaction rolls back and the marks are still there.
 */
@Injectable()
export class RollupRefresher {
  private unvacuumedMarks = 0;
  private marksPerTransaction = MOST_MARKS;

  constructor(
    private readonly db: Database,
    private readonly rollups: RollupRepository,
    private readonly metrics: CollectorsMetrics,
  ) {}

  /** Works off all marks present, transaction by transaction, until few are left or `signal` aborts. */
  async refresh(signal?: AbortSignal): Promise<RefreshReport> {
    try {
      return await this.refreshAll(signal);
    } finally {
      await this.noteBacklog();
    }
  }

  private async refreshAll(signal?: AbortSignal): Promise<RefreshReport> {
    let hours = 0;
    while (!signal?.aborted) {
      const done = await this.refreshBatch();
      if (done === 'busy') return { hours, isBusyElsewhere: true };
      hours += done.hours;
      this.metrics.countHours(done.hours);
      this.unvacuumedMarks += done.marks;
      if (done.isLast) break;
    }
    if (this.unvacuumedMarks >= VACUUM_AFTER_MARKS) {
      this.unvacuumedMarks = 0;
      await this.rollups.vacuumMarks(this.db);
    }
    return { hours, isBusyElsewhere: false };
  }

  /** Also after a failure, which is when somebody looks at the gauge. */
  private async noteBacklog(): Promise<void> {
    try {
      this.metrics.noteBacklog(await this.rollups.backlog(this.db));
    } catch (error) {
      // A lost database has failed the refresh already, and that error is the one to tell.
      if (!(error instanceof DatabaseUnavailableError)) throw error;
    }
  }

  /** One transaction; when it takes too long, the next one tries with fewer marks. */
  private async refreshBatch(): Promise<Batch | 'busy'> {
    const limit = this.marksPerTransaction;
    try {
      const done = await this.db.transaction((tx) => this.refreshSome(tx, limit));
      this.marksPerTransaction = Math.min(MOST_MARKS, limit * 2);
      return done;
    } catch (error) {
      if (!(error instanceof StatementTimeoutError) || limit === 1) throw error;
      this.marksPerTransaction = Math.ceil(limit / 2);
      return { hours: 0, marks: 0, isLast: false };
    }
  }

  private async refreshSome(tx: Queryable, limit: number): Promise<Batch | 'busy'> {
    if (!(await this.rollups.lock(tx))) return 'busy';
    const hours = await this.rollups.takeMarks(tx, limit);
    const marks = hours.reduce((sum, hour) => sum + hour.marks, 0);
    if (marks === 0) return { hours: 0, marks, isLast: true };
    await this.rollups.rollUpHours(tx, hours);
    const days = daysOf(hours);
    for (let start = 0; start < days.length; start += DAYS_PER_MERGE) {
      const some = days.slice(start, start + DAYS_PER_MERGE);
      const cells = await this.rollups.mergeHours(tx, some);
      await this.rollups.replaceDays(tx, some, cells.map(compact));
    }
    return { hours: hours.length, marks, isLast: marks < limit };
  }
}

function daysOf(hours: readonly SeriesSpan[]): SeriesSpan[] {
  const days = new Map<string, SeriesSpan>();
  for (const { seriesId, start } of hours) {
    const day = floorDay(start);
    days.set(`${seriesId}/${day.getTime()}`, { seriesId, start: day });
  }
  return [...days.values()];
}

function compact(cell: DailyCell): DailyCell {
  const sketch = new QuantileSketch();
  sketch.addEncoded(cell.sketch);
  return { ...cell, sketch: sketch.encode() };
}
