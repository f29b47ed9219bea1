import { Histogram } from '../../kernel/histogram.js';

const ROTATE_AFTER_TICKS = 300;

/** Distribution of what was recorded in the last 5 to 10 minutes, within 1 %. */
export class RecentHistogram {
  private current = new Histogram();
  private previous = new Histogram();
  private ticks = 0;

  record(value: number): void {
    this.current.record(value);
  }

  /** Once a second. */
  tick(): void {
    this.ticks += 1;
    if (this.ticks % ROTATE_AFTER_TICKS !== 0) return;
    this.previous = this.current;
    this.current = new Histogram();
  }

  /** A copy of all of it. */
  merged(): Histogram {
    const both = new Histogram();
    both.merge(this.previous);
    both.merge(this.current);
    return both;
  }
}
