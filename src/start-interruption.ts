import { constants } from 'node:os';
import { AppError } from './kernel/app-error.js';
import type { Clock } from './kernel/clock.js';
import { type Exit, SAME_SIGNAL_MS } from './platform/http/index.js';

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/** A signal came before the server listened; whatever was open has been closed. */
export class StartInterruptedError extends AppError {
  readonly code = 'START_INTERRUPTED';
  readonly kind = 'unavailable';
  /** As shells count: 128 and the number of the signal. */
  readonly exitCode: number;

  constructor(signal: (typeof SIGNALS)[number]) {
    super(`The start was interrupted by ${signal}.`, { signal });
    this.exitCode = 128 + constants.signals[signal];
  }
}

/**
 * Listens to signals until the server does: GracefulShutdown needs an application, and before there is one
 * an embedded PostgreSQL may be running already. The first signal asks the start to end in good order, a
 * later second one ends the process at once.
 */
export class StartInterruption {
  private readonly interrupted = new AbortController();
  private interruptedAtMs: number | undefined;
  private readonly onSignal = (signal: (typeof SIGNALS)[number]): void => {
    this.interruptedAtMs ??= this.clock.monotonic();
    if (this.clock.monotonic() - this.interruptedAtMs > SAME_SIGNAL_MS) this.exit(1);
    this.interrupted.abort(new StartInterruptedError(signal));
  };

  constructor(
    private readonly clock: Clock,
    private readonly exit: Exit,
  ) {
    for (const signal of SIGNALS) process.on(signal, this.onSignal);
  }

  /** Aborts at the first signal; its reason is a StartInterruptedError. */
  get signal(): AbortSignal {
    return this.interrupted.signal;
  }

  /** Leaves the signals to somebody else. */
  end(): void {
    for (const signal of SIGNALS) process.off(signal, this.onSignal);
  }
}
