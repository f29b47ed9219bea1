import { RobustScale } from './robust-scale.js';
import { TailEstimate } from './tail-estimate.js';

/** Sizes of the first values are not trusted yet: the level was still being found. */
const UNSETTLED = 20;
/** What is rarer is learned as if it were as rare as this: an outlier does not make the next one ordinary. */
const RAREST_LEARNED = 6e-4;
/** Until its tail is known, what is learned is at most so many times the scale. */
const MOST_EARLY = 8;
const EARLY = 72;
/** Against a scale of nothing: larger than anything, and still a number. */
const ENDLESS = 1e4;

/** How a value is learned. */
export interface OddityLesson {
  readonly size: number;
  readonly memory: number;
  readonly isNews: boolean;
}

/** How odd the values of one statistic are: their size against what it was lately, and how rare that is. */
export class Oddity {
  private readonly scale = new RobustScale();
  private readonly tail = new TailEstimate();
  private count = 0;

  /** Size against the scale, which is at least `floor`. */
  size(value: number, floor: number): number {
    const scale = Math.max(this.scale.value, floor);
    if (scale > 0) return Math.min(ENDLESS, Math.abs(value) / scale);
    return value === 0 ? 0 : ENDLESS;
  }

  /** The value, at most so many times the scale. */
  clamp(value: number, times: number): number {
    const most = this.scale.value > 0 ? times * this.scale.value : Infinity;
    return Math.min(most, Math.max(-most, value));
  }

  /** -log10 of the share of values whose size is as large. */
  surprise(size: number): number {
    return this.tail.surprise(size);
  }

  /** Half the width of the band that a share of the values falls out of. */
  width(share: number, floor: number): number {
    return this.tail.exceededBy(share) * Math.max(this.scale.value, floor);
  }

  /** @param isNews whether it is no part of an event that goes on */
  learn(value: number, { size, memory, isNews }: OddityLesson): void {
    this.scale.add(value, memory);
    this.count += 1;
    if (this.count <= UNSETTLED) return;
    this.tail.add(this.count < EARLY ? Math.min(size, MOST_EARLY) : size, RAREST_LEARNED, isNews);
  }
}
