import { DAY_MS, HOUR_MS } from '../time.js';
import type { StepMeasure, StepValue } from './step-history.js';
import { type Judgement, SeriesModel } from './series-model.js';

/** How far back a model begins, at the least and at the most: it is made anew in between. */
const SHORTEST: Readonly<Record<number, number>> = { [HOUR_MS]: 56 * DAY_MS, [DAY_MS]: 365 * DAY_MS };
const RENEWED_AFTER: Readonly<Record<number, number>> = { [HOUR_MS]: 28 * DAY_MS, [DAY_MS]: 91 * DAY_MS };
const SHORTEST_ELSE_MS = 14 * DAY_MS;
const RENEWED_ELSE_MS = 7 * DAY_MS;

/** What was said of the last step. */
export interface JudgedStep {
  /** Begin of the step. */
  readonly at: number;
  /** Null: the step has none. */
  readonly value: number | null;
  readonly judgement: Judgement;
}

/**
 * When the model of a series begins that is asked at `at`. Everybody begins at the same instant, so that everybody
 * says the same; and not all series begin at once.
 */
export function modelBegin(seriesId: number, stepMs: number, at: number): number {
  const period = RENEWED_AFTER[stepMs] ?? RENEWED_ELSE_MS;
  // Neighbours do not begin together.
  const offset = ((seriesId * 7_919) % (period / stepMs)) * stepMs;
  const shortest = SHORTEST[stepMs] ?? SHORTEST_ELSE_MS;
  return Math.floor((at - shortest - offset) / period) * period + offset;
}

/** One series with its model, step by step. */
export class WatchedSeries {
  private readonly model: SeriesModel;
  private next: number;
  private judged: JudgedStep | undefined;
  private eventsAt: number | undefined;

  constructor(
    private readonly measure: StepMeasure,
    private readonly stepMs: number,
    readonly begin: number,
  ) {
    this.model = new SeriesModel({ stepMs });
    this.next = Math.ceil(begin / stepMs) * stepMs;
  }

  /** Begin of the first step that it does not know. */
  get nextAt(): number {
    return this.next;
  }

  /** Steps with a value so far. */
  get points(): number {
    return this.model.points;
  }

  /** Begin of the last step that had events. */
  get lastValueAt(): number | undefined {
    return this.eventsAt;
  }

  /** Undefined before the first step. */
  get last(): JudgedStep | undefined {
    return this.judged;
  }

  /** Judges and learns the steps before `until`, of which `values` are those that have events. */
  learn(values: readonly StepValue[], until: number, each?: (step: JudgedStep) => void): void {
    const byStep = new Map(values.map(({ at, value }) => [at.getTime(), value]));
    for (; this.next + this.stepMs <= until; this.next += this.stepMs) {
      // Before its first event a series is not there: that it has counted none says nothing.
      if (byStep.has(this.next)) this.eventsAt = this.next;
      if (this.eventsAt === undefined) continue;
      const found = byStep.get(this.next);
      const value = found === undefined ? this.whenEmpty : found;
      this.judged = { at: this.next, value, judgement: this.model.update(this.next, value ?? NaN) };
      each?.(this.judged);
    }
  }

  private get whenEmpty(): number | null {
    const { measure, aggregation } = this.measure;
    return aggregation === 'count' || (aggregation === 'sum' && measure !== 'successRatio') ? 0 : null;
  }
}
