import type { Clock } from '../../kernel/clock.js';
import type { AlertRule } from '../model/rule.js';

const RETRY_AFTER_MS = 60_000;

/** Rules by what is to be done with them. */
export interface Sorted {
  /** Looked at together. */
  readonly free: readonly AlertRule[];
  /** Looked at one by one, after the others. */
  readonly due: readonly AlertRule[];
  /** Not looked at now: they are in error. */
  readonly held: readonly AlertRule[];
}

/**
 * Rules that failed by themselves, such as one that reads so much that its statement takes too long. They are tried
 * alone and once a minute: finding them among the others again each time would keep all of them waiting. An edit frees.
 */
export class Quarantine {
  private readonly retryAtMs = new Map<string, number>();

  constructor(private readonly clock: Clock) {}

  sort(rules: readonly AlertRule[]): Sorted {
    if (this.retryAtMs.size === 0) return { free: rules, due: [], held: [] };
    const nowMs = this.clock.monotonic();
    const retryAt = (rule: AlertRule): number | undefined => this.retryAtMs.get(keyOf(rule));
    return {
      free: rules.filter((rule) => retryAt(rule) === undefined),
      due: rules.filter((rule) => (retryAt(rule) ?? Infinity) <= nowMs),
      held: rules.filter((rule) => (retryAt(rule) ?? -Infinity) > nowMs),
    };
  }

  /** What came of trying: `failed` are some of `tried`. */
  note(tried: readonly AlertRule[], failed: readonly AlertRule[]): void {
    const nowMs = this.clock.monotonic();
    if (this.retryAtMs.size > 0) for (const rule of tried) this.retryAtMs.delete(keyOf(rule));
    for (const rule of failed) this.retryAtMs.set(keyOf(rule), nowMs + RETRY_AFTER_MS);
    // Rules that are gone, or were edited, are not tried any more.
    for (const [key, atMs] of this.retryAtMs) if (atMs < nowMs - RETRY_AFTER_MS) this.retryAtMs.delete(key);
  }
}

function keyOf({ id, version }: AlertRule): string {
  return `${id} ${version}`;
}
