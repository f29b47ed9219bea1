import type { Clock } from '../../kernel/clock.js';
import type { AlertRule } from '../model/rule.js';

const FIRST_RETRY_AFTER_MS = 60_000;
const LONGEST_RETRY_AFTER_MS = 16 * 60_000;
/** A rule that was not even due for so long is gone, or was edited. */
const FORGOTTEN_AFTER_MS = 2 * 3_600_000;

/** Rules by what is to be done with them. */
export interface Sorted {
  /** Looked at together. */
  readonly free: readonly AlertRule[];
  /** Looked at by itself, after the others: one at most, because each may take as long as a statement may. */
  readonly due: readonly AlertRule[];
  /** Not looked at now: they are in error. */
  readonly held: readonly AlertRule[];
}

/** When a rule that failed is tried again. */
interface Retry {
  readonly atMs: number;
  readonly afterMs: number;
}

/**
 * Rules that failed by themselves, such as one that reads so much that its statement takes too long. They are tried
 * alone, one an evaluation, and ever more seldom: finding them among the others again each time would keep all of them
 * waiting. An edit frees.
 */
export class Quarantine {
  private readonly retries = new Map<string, Retry>();

  constructor(private readonly clock: Clock) {}

  sort(rules: readonly AlertRule[]): Sorted {
    if (this.retries.size === 0) return { free: rules, due: [], held: [] };
    const nowMs = this.clock.monotonic();
    const retryAtMs = (rule: AlertRule): number | undefined => this.retries.get(keyOf(rule))?.atMs;
    const failed = rules.filter((rule) => retryAtMs(rule) !== undefined);
    const [next] = failed
      .filter((rule) => (retryAtMs(rule) ?? Infinity) <= nowMs)
      .sort((left, right) => (retryAtMs(left) ?? 0) - (retryAtMs(right) ?? 0));
    return {
      free: rules.filter((rule) => retryAtMs(rule) === undefined),
      due: next === undefined ? [] : [next],
      held: failed.filter((rule) => rule !== next),
    };
  }

  /** What came of trying: `failed` are some of `tried`. */
  note(tried: readonly AlertRule[], failed: readonly AlertRule[]): void {
    const nowMs = this.clock.monotonic();
    const again = failed.map((rule): [string, Retry] => {
      const lastMs = this.retries.get(keyOf(rule))?.afterMs;
      const afterMs =
        lastMs === undefined ? FIRST_RETRY_AFTER_MS : Math.min(LONGEST_RETRY_AFTER_MS, 2 * lastMs);
      return [keyOf(rule), { atMs: nowMs + afterMs, afterMs }];
    });
    if (this.retries.size > 0) for (const rule of tried) this.retries.delete(keyOf(rule));
    for (const [key, retry] of again) this.retries.set(key, retry);
    for (const [key, { atMs }] of this.retries)
      if (atMs < nowMs - FORGOTTEN_AFTER_MS) this.retries.delete(key);
  }
}

function keyOf({ id, version }: AlertRule): string {
  return `${id} ${version}`;
}
