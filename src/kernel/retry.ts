import type { Clock } from './clock.js';
import type { Ids } from './ids.js';

/** Bounds of a retry loop; the elapsed-time bound always applies. */
export interface RetryOptions {
  readonly firstDelayMs: number;
  readonly maxDelayMs: number;
  readonly deadlineMs: number;
  /** Errors for which another try makes sense. */
  readonly isRetryable: (error: unknown) => boolean;
  readonly signal?: AbortSignal;
}

/**
 * Runs `work` until it succeeds, fails for good, or `deadlineMs` has passed; then throws the last error.
 * Exponential back-off with equal jitter (half fixed, half random), so that clients do not return in step.
 */
export async function retry<T>(
  work: (attempt: number) => Promise<T>,
  options: RetryOptions,
  { clock, ids }: { readonly clock: Clock; readonly ids: Ids },
): Promise<T> {
  const startedAt = clock.monotonic();
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work(attempt);
    } catch (error) {
      const delayMs = nextDelayMs(attempt, options, ids);
      const isLate = clock.monotonic() - startedAt + delayMs > options.deadlineMs;
      if (isLate || options.signal?.aborted || !options.isRetryable(error)) throw error;
      await clock.sleep(delayMs, options.signal);
    }
  }
}

function nextDelayMs(attempt: number, options: RetryOptions, ids: Ids): number {
  const fullMs = Math.min(options.maxDelayMs, options.firstDelayMs * 2 ** (attempt - 1));
  return fullMs / 2 + ids.fraction() * (fullMs / 2);
}
