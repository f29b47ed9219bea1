import type { Clock } from '../../kernel/clock.js';
import type { Ids } from '../../kernel/ids.js';

/** The first failure may be retried at once; from the second in a row on, loads pause. */
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 1_000;
const MOST_KEYS = 1_000;

interface Failures {
  count: number;
  error: unknown;
  untilMs: number;
}

/** Keeps keys whose loads fail again and again from hammering the source. Bounded: the oldest key is forgotten. */
export class BackOff {
  private readonly failures = new Map<string, Failures>();

  constructor(
    private readonly clock: Clock,
    private readonly ids: Ids,
  ) {}

  /** The error to repeat instead of loading again now. */
  pausing(key: string): { readonly error: unknown } | undefined {
    const known = this.failures.size === 0 ? undefined : this.failures.get(key);
    return known !== undefined && this.clock.monotonic() < known.untilMs ? known : undefined;
  }

  failed(key: string, error: unknown): void {
    const count = (this.failures.get(key)?.count ?? 0) + 1;
    this.failures.delete(key);
    const fullMs = count < 2 ? 0 : Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(count - 2, 10));
    const untilMs = this.clock.monotonic() + fullMs * (0.5 + this.ids.fraction() / 2);
    this.failures.set(key, { count, error, untilMs });
    for (const oldest of this.failures.keys()) {
      if (this.failures.size <= MOST_KEYS) break;
      this.failures.delete(oldest);
    }
  }

  succeeded(key: string): void {
    if (this.failures.size > 0) this.failures.delete(key);
  }
}
