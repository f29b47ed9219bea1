import { Injectable } from '@nestjs/common';
import { QuantileSketch } from '../../kernel/quantile-sketch.js';
import { Database, type Queryable } from '../../platform/database/index.js';
import { CollectorsMetrics } from '../collectors-metrics.js';
import { floorDay } from '../time.js';
import { type DailyCell, RollupRepository, type SeriesSpan } from './rollup.repository.js';

/** Marks taken by one transaction: bounds its memory and the time others wait for the lock. */
const MARKS_PER_TRANSACTION = 20_000;

/** Removed marks after which the table is vacuumed: about what a reader can skip in a fraction of a ms. */
const VACUUM_AFTER_MARKS = 2_000;

/** What one refresh did. */
export interface RefreshReport {
  /** Series and hours recomputed; one that came up in several transactions counts each time. */
  readonly hours: number;
  /** Another process was refreshing; it does the work. */
  readonly isBusyElsewhere: boolean;
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

  constructor(
    private readonly db: Database,
    private readonly rollups: RollupRepository,
    private readonly metrics: CollectorsMetrics,
  ) {}

  /** Works off all marks present, transaction by transaction, until few are left or `signal` aborts. */
  async refresh(signal?: AbortSignal): Promise<RefreshReport> {
    let hours = 0;
    while (!signal?.aborted) {
      const done = await this.db.transaction((tx) => this.refreshSome(tx));
      if (done === 'busy') return { hours, isBusyElsewhere: true };
      hours += done.hours;
      this.unvacuumedMarks += done.marks;
      if (done.marks < MARKS_PER_TRANSACTION) break;
    }
    if (this.unvacuumedMarks >= VACUUM_AFTER_MARKS) {
      this.unvacuumedMarks = 0;
      await this.rollups.vacuumMarks(this.db);
    }
    this.metrics.noteRefresh(hours, await this.rollups.backlog(this.db));
    return { hours, isBusyElsewhere: false };
  }

  private async refreshSome(tx: Queryable): Promise<{ hours: number; marks: number } | 'busy'> {
    if (!(await this.rollups.lock(tx))) return 'busy';
    const hours = await this.rollups.takeMarks(tx, MARKS_PER_TRANSACTION);
    if (hours.length === 0) return { hours: 0, marks: 0 };
    await this.rollups.rollUpHours(tx, hours);
    const days = daysOf(hours);
    const cells = await this.rollups.mergeHours(tx, days);
    await this.rollups.replaceDays(tx, days, cells.map(compact));
    return { hours: hours.length, marks: hours.reduce((sum, { marks }) => sum + marks, 0) };
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
