import type { Clock } from './clock.js';

const STEP_MS = 10;

/**
 * The monotonic clock, read at most every STEP_MS and for next to nothing in between: for paths of a few dozen
 * nanoseconds, where asking the system would cost as much as the work. Late by STEP_MS, or by as long as the event
 * loop was blocked. Costs nothing while nobody asks.
 */
export class CoarseClock {
  private currentMs = 0;
  private isTicking = false;
  private isUsed = false;

  constructor(private readonly clock: Clock) {}

  /** Monotonic ms. */
  now(): number {
    this.isUsed = true;
    if (!this.isTicking) this.tick();
    return this.currentMs;
  }

  private tick(): void {
    this.currentMs = this.clock.monotonic();
    this.isTicking = this.isUsed;
    this.isUsed = false;
    if (this.isTicking) this.clock.after(STEP_MS, () => this.tick());
  }
}
