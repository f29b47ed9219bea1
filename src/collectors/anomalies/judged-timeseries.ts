import { Injectable } from '@nestjs/common';
import { Clock } from '../../kernel/clock.js';
import { GRANULARITIES, type Granularity } from '../statistics/granularity.js';
import {
  type Answer,
  Statistics,
  type StatisticsRequest,
  type TimeseriesPoint,
} from '../statistics/statistics.js';
import type { Span } from '../statistics/tier-plan.js';
import { type Judgement, SeriesModel } from './series-model.js';

/** What of a step is judged. */
export const MEASURES = [
  'avgDurationMs',
  'p50DurationMs',
  'p95DurationMs',
  'p99DurationMs',
  'minDurationMs',
  'maxDurationMs',
  'count',
  'successCount',
  'successRate',
  'totalItems',
] as const;
export type Measure = (typeof MEASURES)[number];

/** Steps that a model reads before the first one it is asked for: eight weeks, but of the finest one alone. */
const STEPS_BEFORE = { '5m': 2_016, '1h': 1_344, '1d': 365 } as const satisfies Record<Granularity, number>;

/** What is usual at a step, by the steps before it; null where they are too few. */
export type Band = Pick<Judgement, 'expected' | 'lower' | 'upper'>;

/** How odd a step is, by the steps before it. */
export type Anomaly = Pick<Judgement, 'score' | 'isAnomaly'>;

/** A step of a chart with what the steps before it say of it. */
export interface JudgedPoint extends TimeseriesPoint {
  readonly band: Band;
  /** Null for a step that is empty, not over yet, or cut by the window. */
  readonly anomaly: Anomaly | null;
}

/** A chart, judged. */
export interface JudgedAnswer extends Answer<JudgedPoint> {
  /** Steps before the window that the model has seen. */
  readonly stepsBefore: number;
}

/** Charts with a band of what is usual and a score of what is odd; a step is judged by earlier ones alone. */
@Injectable()
export class JudgedTimeseries {
  constructor(
    private readonly statistics: Statistics,
    private readonly clock: Clock,
  ) {}

  /**
   * As `Statistics.timeseries`, and reads up to eight weeks before the window to learn from.
   * @throws InvalidWindowError COLLECTORS_WINDOW_INVALID
   */
  async timeseries(
    request: StatisticsRequest,
    granularity: Granularity,
    measure: Measure,
  ): Promise<JudgedAnswer> {
    const { rows, window } = await this.statistics.timeseries(request, granularity);
    const before = await this.statistics.stepsBefore(request, granularity, {
      before: window.from,
      steps: STEPS_BEFORE[granularity],
    });
    const judge = judgeOf(measure, granularity);
    for (const row of before) judge(row, true);
    const span = {
      from: window.from,
      to: new Date(Math.min(window.to.getTime(), this.clock.now().getTime())),
    };
    const judged = rows.map((row) => judge(row, isWhole(row, granularity, span)));
    return { rows: judged, window, stepsBefore: before.length };
  }
}

/** Whether all of a step lies within a span: half a step says little of the whole one. */
function isWhole({ timestamp }: TimeseriesPoint, granularity: Granularity, { from, to }: Span): boolean {
  return timestamp >= from && timestamp.getTime() + GRANULARITIES[granularity].stepMs <= to.getTime();
}

/** Judges steps in their order. */
function judgeOf(
  measure: Measure,
  granularity: Granularity,
): (row: TimeseriesPoint, isWhole: boolean) => JudgedPoint {
  const model = new SeriesModel({ stepMs: GRANULARITIES[granularity].stepMs });
  const within = (bound: number | null): number | null =>
    bound === null ? null : Math.min(measure === 'successRate' ? 1 : Infinity, Math.max(0, bound));
  let hasBegun = false;
  return (row, isWhole) => {
    // Before its first event a series is not there: that it has counted none says nothing.
    hasBegun ||= row.count > 0;
    const value = hasBegun && isWhole ? row[measure] : null;
    const { expected, lower, upper, score, isAnomaly } = model.update(row.timestamp.getTime(), value ?? NaN);
    return {
      ...row,
      band: { expected: within(expected), lower: within(lower), upper: within(upper) },
      anomaly: value === null ? null : { score, isAnomaly },
    };
  };
}
