import type { Clock } from '../../kernel/clock.js';
import type { Ids } from '../../kernel/ids.js';

/** How delays grow. */
export type RetryStrategy = 'fixed' | 'linear' | 'exponential' | 'fibonacci' | 'decorrelated';

/** Bounds of the tries between two successes. */
export interface RetryBounds {
  readonly strategy: RetryStrategy;
  readonly firstMs: number;
  readonly maxMs: number;
  readonly maxAttempts: number;
  /** From the first failure on. */
  readonly deadlineMs: number;
}

/**
 * When to try again. Every delay has jitter: half of it is at random, so that workers do not return in step after an
 * outage ("equal jitter"; M. Brooker, "Exponential Backoff And Jitter", AWS 2015); decorrelated is at random by
 * itself.
 */
export class RetrySchedule {
  private attempts = 0;
  private firstFailureAtMs = 0;
  private lastMs = 0;
  private fibonacci: readonly [number, number] = [0, 1];

  constructor(
    private readonly bounds: RetryBounds,
    private readonly ids: Ids,
    private readonly clock: Clock,
  ) {}

  /** Ms until the next try; undefined: no more. */
  next(): number | undefined {
    const { maxAttempts, deadlineMs, maxMs } = this.bounds;
    const nowMs = this.clock.monotonic();
    if (this.attempts === 0) this.firstFailureAtMs = nowMs;
    this.attempts += 1;
    const delayMs = Math.min(maxMs, this.fullMs());
    const jittered =
      this.bounds.strategy === 'decorrelated' ? delayMs : (delayMs / 2) * (1 + this.ids.fraction());
    const isLate = nowMs + jittered - this.firstFailureAtMs > deadlineMs;
    return this.attempts > maxAttempts || isLate ? undefined : jittered;
  }

  /** After a success. */
  reset(): void {
    this.attempts = 0;
    this.lastMs = 0;
    this.fibonacci = [0, 1];
  }

  private fullMs(): number {
    const { strategy, firstMs, maxMs } = this.bounds;
    switch (strategy) {
      case 'fixed':
        return firstMs;
      case 'linear':
        return firstMs * this.attempts;
      case 'exponential':
        return firstMs * 2 ** Math.min(this.attempts - 1, 30);
      case 'fibonacci': {
        const [previous, current] = this.fibonacci;
        this.fibonacci = [current, Math.min(previous + current, maxMs)];
        return firstMs * current;
      }
      case 'decorrelated': {
        // Bounded before the draw: after it, most of the late delays would be the same maxMs.
        const mostMs = Math.min(maxMs, 3 * Math.max(firstMs, this.lastMs));
        this.lastMs = firstMs + this.ids.fraction() * Math.max(0, mostMs - firstMs);
        return this.lastMs;
      }
    }
  }
}
