import type { WindowReport } from './ratios.js';

/** The cache does its work badly. `value` and `threshold` are ratios, 0 to 1. */
export interface CacheAlert {
  readonly kind: 'low-hit-ratio' | 'high-eviction-ratio';
  readonly state: 'raised' | 'resolved';
  readonly value: number;
  readonly threshold: number;
  readonly windowMs: number;
  readonly reads: number;
  readonly at: string;
}

interface Rule {
  readonly kind: CacheAlert['kind'];
  readonly threshold: number;
  readonly valueOf: (window: WindowReport) => number | null;
  readonly isBad: (value: number) => boolean;
  /** A little better than just not bad, so that an alert does not flicker. */
  readonly isGood: (value: number) => boolean;
}

/** SPEC C10. */
const RULES: readonly Rule[] = [
  {
    kind: 'low-hit-ratio',
    threshold: 0.5,
    valueOf: ({ hitRatio }) => hitRatio,
    isBad: (value) => value < 0.5,
    isGood: (value) => value >= 0.55,
  },
  {
    kind: 'high-eviction-ratio',
    threshold: 0.1,
    valueOf: ({ evictionRatio }) => evictionRatio,
    isBad: (value) => value > 0.1,
    isGood: (value) => value <= 0.08,
  },
];

/** Fewer reads say nothing. */
const LEAST_READS = 100;
/** The window the figures are of. */
export const ALERT_WINDOW_S = 300;

/**
 * Watches the ratios; tells once when one becomes bad, and once when it is good again. Without enough reads nothing
 * changes: an alert stays until reads show that it is over.
 */
export class CacheAlerts {
  private readonly raised = new Map<CacheAlert['kind'], CacheAlert>();

  constructor(private readonly tell: (alert: CacheAlert) => void) {}

  /** Alerts that are not resolved. */
  get active(): CacheAlert[] {
    return [...this.raised.values()];
  }

  check(window: WindowReport, now: Date): void {
    if (window.reads < LEAST_READS) return;
    for (const { kind, threshold, valueOf, isBad, isGood } of RULES) {
      const value = valueOf(window);
      const isRaised = this.raised.has(kind);
      if (value === null || !(isRaised ? isGood(value) : isBad(value))) continue;
      const alert: CacheAlert = {
        kind,
        state: isRaised ? 'resolved' : 'raised',
        value,
        threshold,
        windowMs: ALERT_WINDOW_S * 1_000,
        reads: window.reads,
        at: now.toISOString(),
      };
      if (isRaised) this.raised.delete(kind);
      else this.raised.set(kind, alert);
      this.tell(alert);
    }
  }
}
