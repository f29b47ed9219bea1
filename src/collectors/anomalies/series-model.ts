import { DAY_MS, HOUR_MS } from '../time.js';
import { Cadence } from './cadence.js';
import { EventGate } from './event-gate.js';
import type { Tick } from './expert.js';
import { type Forecast, Forecaster } from './forecaster.js';
import { Oddity } from './oddity.js';
import { Repeats } from './repeats.js';
import { SeasonalProfile } from './seasonal-profile.js';

/** The one threshold: a score of 3.5 is what one point in some 3,000 reaches by chance. */
export const ANOMALY_THRESHOLD = 3.5;
/** Points before the first score. */
export const WARM_UP_POINTS = 72;
/** The band is made to hold all but this share of the points. */
const OUT_OF_BAND = 0.01;
/** Deviations are looked at one by one, and as a mean over about so many: a small one that stays is odd, too. */
const SUSTAINED = 16;
/** Levels fade over a day, but over no fewer and no more points than these. */
const MEMORY = { least: 48, most: 600 };
/** Steps without a surprise that end an event: two and a half days of coarse ones, or so many. */
const QUIET = { least: 5, most: 60, ms: 2.5 * DAY_MS };
/** Values that move in steps of some size say nothing of errors far below it. */
const QUANTUM_SHARE = 0.3;
/** A deviation's part in the mean is at most so many ordinary errors: it must fade some time. */
const MOST_SUSTAINED = 1_000;
/** An event goes on while the last few deviations, cut to so many ordinary errors, have such a mean. */
const STEADY = { most: 3, over: 4, least: 0.7 };
/** Or while a step is by itself so odd: one in some 600. */
const STILL_ODD = 0.8 * ANOMALY_THRESHOLD;
/** Larger values are taken for missing: their squares would leave the range of numbers. */
const MOST = 1e30;
const WIDEST_SPREAD = 6;
const NARROWEST_SPREAD = 0.25;

/** What is said of a point by what came before it. */
export interface Judgement {
  /** Null before the second value. */
  readonly expected: number | null;
  /** Bounds of what is usual: 99 of 100 points are within. */
  readonly lower: number | null;
  readonly upper: number | null;
  /** -log10 of how rare it is, less what the event it belongs to has scored; 0 for missing values. */
  readonly score: number;
  /** Whether an event begins: the score reaches ANOMALY_THRESHOLD. */
  readonly isAnomaly: boolean;
  /** Whether an event begins or goes on. */
  readonly isOdd: boolean;
  /** Where the value is, against what is usual; stuck: it stands still, in a series that does not. */
  readonly side: Side;
}

/** What is odd about a value. */
export type Side = 'above' | 'below' | 'stuck';

/** What a point is judged by. */
interface Grounds {
  readonly forecast: Forecast;
  readonly tick: Tick;
  /** How large errors are at this time of the day, against the mean. */
  readonly spread: number;
}

/**
 * Judges the points of one series as they come, each before it learns from it. A forecast by level, season and recent
 * deviations gives the band. Odd is what deviates suddenly, what deviates a little for long, and what stands still;
 * how odd is told by how rare it was in this series. Some 13 kB, the same for ever.
 */
export class SeriesModel {
  private readonly cadence: Cadence;
  private readonly forecaster = new Forecaster();
  private readonly sudden = new Oddity();
  private readonly sustained = new Oddity();
  private readonly repeats = new Repeats();
  private readonly gate = new EventGate(ANOMALY_THRESHOLD);
  /** Errors are larger at some times of the day: their size against the mean. */
  private readonly spread = new SeasonalProfile(DAY_MS, HOUR_MS / 2);
  private count = 0;
  private side: Side = 'above';
  private mean = 0;
  private steady = 0;
  private isOdd = false;
  private quantum = Infinity;
  private lastValue = NaN;

  /** @param stepMs distance of the points, when it is known; else it is learned */
  constructor({ stepMs }: { readonly stepMs?: number } = {}) {
    this.cadence = new Cadence(stepMs);
  }

  /** Judges a point and learns from it. A value that is not finite is missing: it gets a forecast, nothing more. */
  update(at: number, value: number): Judgement {
    const tick = this.tick(at);
    const forecast = this.forecaster.foresee(tick);
    const spread = Math.min(WIDEST_SPREAD, Math.max(NARROWEST_SPREAD, this.spread.at(at, 1)));
    const halfWidth = spread * this.sudden.width(OUT_OF_BAND, this.floor);
    const isKnown = this.count > 1;
    const isThere = Math.abs(value) <= MOST;
    // The first point has nothing to be judged by.
    const score = isThere && this.count > 0 ? this.judge(value, { forecast, tick, spread }) : 0;
    if (isThere) this.learn(value, forecast, tick);
    return {
      expected: isKnown ? forecast.next : null,
      lower: isKnown ? forecast.next - halfWidth : null,
      upper: isKnown ? forecast.next + halfWidth : null,
      score,
      isAnomaly: score >= ANOMALY_THRESHOLD,
      isOdd: isThere && this.isOdd,
      side: this.side,
    };
  }

  private judge(value: number, { forecast, tick, spread }: Grounds): number {
    const { floor } = this;
    const error = (value - forecast.next) / spread;
    this.mean += (this.sudden.clamp(value - forecast.usual, MOST_SUSTAINED) - this.mean) / SUSTAINED;
    this.steady += (this.sudden.clamp(value - forecast.usual, STEADY.most) - this.steady) / STEADY.over;
    const sudden = this.sudden.size(error, floor);
    const sustained = this.sustained.size(this.mean, floor);
    const odd = [
      this.sudden.surprise(sudden),
      this.sustained.surprise(sustained),
      this.repeats.next(value === this.lastValue),
    ] as const;
    const surprise = Math.max(...odd);
    const side = sideOf(odd, error, this.mean);
    const goesOn =
      odd[0] >= STILL_ODD || odd[2] >= STILL_ODD || this.sudden.size(this.steady, floor) >= STEADY.least;
    const { at, stepMs, memory, elapsed } = tick;
    this.spread.learn(at, Math.min(WIDEST_SPREAD, sudden * spread), { stepMs, most: Infinity });
    const quiet = Math.min(QUIET.most, Math.max(QUIET.least, QUIET.ms / stepMs));
    // Written out: a spread per point would double what a point costs.
    const isNews = !this.gate.isOpen(elapsed, quiet);
    this.sudden.learn(error, { size: sudden, memory: 2 * memory, isNews });
    this.sustained.learn(this.mean, { size: sustained, memory: 2 * memory, isNews });
    if (this.count < WARM_UP_POINTS) return 0;
    const score = this.gate.score(surprise, elapsed, quiet);
    if (!this.isOdd || score >= ANOMALY_THRESHOLD) this.side = side;
    this.isOdd = score >= ANOMALY_THRESHOLD || (this.isOdd && goesOn);
    return score;
  }

  /** Points with a value so far. */
  get points(): number {
    return this.count;
  }

  private tick(at: number): Tick {
    const { stepMs } = this.cadence;
    const memory = Math.min(MEMORY.most, Math.max(MEMORY.least, DAY_MS / stepMs));
    return { at, stepMs, memory, elapsed: this.cadence.elapsed(at) };
  }

  private learn(value: number, forecast: Forecast, tick: Tick): void {
    this.forecaster.learn(value, forecast, tick);
    const change = Math.abs(value - this.lastValue);
    if (change > 0) this.quantum = Math.min(this.quantum, change);
    this.lastValue = value;
    this.count += 1;
    this.cadence.note(tick.at);
  }

  private get floor(): number {
    return this.quantum === Infinity ? 0 : QUANTUM_SHARE * this.quantum;
  }
}

/** By the kind of oddity that is the rarest. */
function sideOf(
  [sudden, sustained, stuck]: readonly [number, number, number],
  error: number,
  mean: number,
): Side {
  if (stuck > Math.max(sudden, sustained)) return 'stuck';
  return (sudden >= sustained ? error : mean) < 0 ? 'below' : 'above';
}
