/** A timer that can be cancelled. Timers never keep the process alive. */
export interface Timer {
  cancel(): void;
}

/**
 * The only source of time. `now()` is for timestamps, `monotonic()` for durations:
 * the wall clock jumps, the monotonic one does not.
 */
export abstract class Clock {
  /** Wall-clock time. */
  abstract now(): Date;
  /** Milliseconds since an arbitrary start, with fractions; never goes back. */
  abstract monotonic(): number;
  /** Calls `run` once after `delayMs`. */
  abstract after(delayMs: number, run: () => void): Timer;

  /** Resolves after `delayMs`, or as soon as `signal` aborts. Never rejects. */
  sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const finish = (): void => {
        timer.cancel();
        signal?.removeEventListener('abort', finish);
        resolve();
      };
      const timer = this.after(delayMs, finish);
      signal?.addEventListener('abort', finish, { once: true });
    });
  }
}

/** The clock of the machine. */
export class SystemClock extends Clock {
  now(): Date {
    return new Date();
  }

  monotonic(): number {
    return performance.now();
  }

  after(delayMs: number, run: () => void): Timer {
    const handle = setTimeout(run, delayMs).unref();
    return { cancel: () => clearTimeout(handle) };
  }
}

/** Longest delay of a Node timer. */
const LONGEST_DELAY_MS = 2 ** 31 - 1;

/** Keeps the process alive until it is cancelled: for command-line tools, because timers of a Clock do not. */
export function holdProcess(): Timer {
  const handle = setInterval(() => undefined, LONGEST_DELAY_MS);
  return { cancel: () => clearInterval(handle) };
}
