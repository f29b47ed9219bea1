import { RobustScale } from './robust-scale.js';
import type { SeasonalProfile } from './seasonal-profile.js';

/** How the last deviations go on is told by the last one and a mean over about so many. */
const SHORT = 6;
/** The regression forgets over about so many points. */
const FORGET = 1 - 1 / 500;
/** Experts are compared by their errors over so many memories; one error counts up to so many times their mean. */
const JUDGED_OVER = 3;
const WORST = 6;
const SETTLING = 8;
/** Keeps the regression solvable when both of its inputs are the same. */
const RIDGE = 1e-3;

/** What an expert says of a point before it is seen. */
export interface Opinion {
  /** By level and season alone. */
  readonly usual: number;
  /** And by how the last points deviated from that. */
  readonly next: number;
}

/** Where and when a point is, and how fast to forget. */
export interface Tick {
  readonly at: number;
  /** Usual distance of points. */
  readonly stepMs: number;
  /** Steps since the point before, at least 1. */
  readonly elapsed: number;
  /** Points over which levels and scales fade. */
  readonly memory: number;
}

/**
 * One way to foresee a series: a slow level, a season or none, and the part of a deviation from both that lasts, by a
 * regression that forgets. What it learns from is clipped, so that outliers teach little.
 */
export class Expert {
  private level = 0;
  private count = 0;
  private last = 0;
  private short = 0;
  private readonly deviations = new RobustScale();
  private wrong = 0;
  // Normal equations: x is the last deviation, m the short mean, y the deviation that follows.
  private xx = 0;
  private xm = 0;
  private mm = 0;
  private xy = 0;
  private my = 0;

  constructor(
    private readonly season: SeasonalProfile | undefined,
    /** Its level fades so many times slower than it would without a season. */
    private readonly patience: number,
  ) {}

  /** Mean size of what it was wrong by. */
  get error(): number {
    return this.wrong;
  }

  foresee({ at, elapsed }: Tick): Opinion {
    const usual = this.level + (this.season?.at(at, 0) ?? 0);
    return { usual, next: usual + this.lasting() / elapsed };
  }

  learn(value: number, { usual, next }: Opinion, { at, stepMs, memory }: Tick): void {
    this.count += 1;
    if (this.count === 1) {
      this.level = value;
      return;
    }
    const fade = memory * this.patience;
    this.judge(Math.abs(value - next), memory);
    const deviation = this.deviations.clip(value - usual);
    this.deviations.add(deviation, fade);
    this.regress(deviation);
    this.last = deviation;
    this.short += (deviation - this.short) / SHORT;
    this.season?.learn(at, value - this.level, { stepMs, most: this.deviations.most });
    this.level += deviation / Math.min(this.count, fade);
  }

  private judge(error: number, memory: number): void {
    const size = this.count > SETTLING && this.wrong > 0 ? Math.min(error, WORST * this.wrong) : error;
    this.wrong += (size - this.wrong) / Math.min(this.count, JUDGED_OVER * memory);
  }

  private lasting(): number {
    const ridge = RIDGE * (this.xx + this.mm);
    const [xx, mm] = [this.xx + ridge, this.mm + ridge];
    const determinant = xx * mm - this.xm * this.xm;
    if (!(determinant > 0)) return 0;
    const ofLast = (this.xy * mm - this.my * this.xm) / determinant;
    const ofShort = (this.my * xx - this.xy * this.xm) / determinant;
    return ofLast * this.last + ofShort * this.short;
  }

  private regress(deviation: number): void {
    this.xx = this.xx * FORGET + this.last * this.last;
    this.xm = this.xm * FORGET + this.last * this.short;
    this.mm = this.mm * FORGET + this.short * this.short;
    this.xy = this.xy * FORGET + this.last * deviation;
    this.my = this.my * FORGET + this.short * deviation;
  }
}
