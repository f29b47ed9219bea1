import { Histogram } from '../../kernel/histogram.js';

/** Tiers whose answers are timed. */
export type TimedTier = 'l1' | 'l2' | 'loader';

/** Over the last 5 to 10 minutes; nulls without a measurement. */
export interface LatencyReport {
  readonly count: number;
  readonly p50: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
}

const ROTATE_AFTER_TICKS = 300;
const TIERS: readonly TimedTier[] = ['l1', 'l2', 'loader'];

/** How long answers take, by tier; within 1 %, of the last minutes only. */
export class Latencies {
  private current = fresh();
  private previous = fresh();
  private ticks = 0;

  record(tier: TimedTier, ms: number): void {
    this.current[tier].record(ms);
  }

  /** Once a second. */
  tick(): void {
    this.ticks += 1;
    if (this.ticks % ROTATE_AFTER_TICKS !== 0) return;
    this.previous = this.current;
    this.current = fresh();
  }

  report(): Readonly<Record<TimedTier, LatencyReport>> {
    const rows = TIERS.map((tier) => {
      const both = new Histogram();
      both.merge(this.previous[tier]);
      both.merge(this.current[tier]);
      const [p50 = null, p95 = null, p99 = null] = both.quantiles([0.5, 0.95, 0.99]);
      return [tier, { count: both.count, p50, p95, p99 }] as const;
    });
    return Object.fromEntries(rows) as Record<TimedTier, LatencyReport>;
  }
}

function fresh(): Record<TimedTier, Histogram> {
  return { l1: new Histogram(), l2: new Histogram(), loader: new Histogram() };
}
