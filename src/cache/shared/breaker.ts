import type { Clock } from '../../kernel/clock.js';

/** Failures in a row after which nothing is asked for a while. */
const FAILURES_TO_OPEN = 3;
/** How long nothing is asked; then one question is let through. */
const PAUSE_MS = 250;

/** closed: questions are asked. open: they fail at once. half-open: one is under way and decides. */
export type BreakerState = 'closed' | 'open' | 'half-open';

/** Keeps readers from waiting, one after another, for a Redis that is too slow. */
export class Breaker {
  private failures = 0;
  private retryAtMs = 0;
  private isProbing = false;

  constructor(private readonly clock: Clock) {}

  get state(): BreakerState {
    if (this.failures < FAILURES_TO_OPEN) return 'closed';
    return this.isProbing ? 'half-open' : 'open';
  }

  /** Whether a question may be asked now; its outcome must be told by `succeeded` or `failed`. */
  admits(): boolean {
    if (this.failures < FAILURES_TO_OPEN) return true;
    if (this.isProbing || this.clock.monotonic() < this.retryAtMs) return false;
    this.isProbing = true;
    return true;
  }

  succeeded(): void {
    this.failures = 0;
    this.isProbing = false;
  }

  failed(): void {
    this.failures += 1;
    this.isProbing = false;
    this.retryAtMs = this.clock.monotonic() + PAUSE_MS;
  }
}
