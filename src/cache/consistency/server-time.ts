import type { Clock } from '../../kernel/clock.js';

/**
 * The time of Redis, carried on by this process's monotonic clock between two answers: ages of shared values are
 * the same on every instance, and no clock that is set hurts them.
 */
export class ServerTime {
  private offsetMs: number | undefined;

  constructor(private readonly clock: Clock) {}

  /** @param nowMs what Redis answered to a question asked at `askedAtMs` (monotonic) */
  learn(nowMs: number, askedAtMs: number): void {
    this.offsetMs = nowMs - (askedAtMs + this.clock.monotonic()) / 2;
  }

  /** Ms since 1970 by the clock of Redis; 0 before the first answer, when nothing shared is used yet. */
  now(): number {
    return this.offsetMs === undefined ? 0 : this.offsetMs + this.clock.monotonic();
  }
}
