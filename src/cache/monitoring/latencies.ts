import { RecentHistogram } from './recent-histogram.js';

/** Tiers whose answers are timed. */
export type TimedTier = 'l1' | 'l2' | 'loader';

/** Over the last 5 to 10 minutes; nulls without a measurement. */
export interface LatencyReport {
  readonly count: number;
  readonly p50: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
}

const TIERS: readonly TimedTier[] = ['l1', 'l2', 'loader'];

/** How long answers take, by tier; within 1 %, of the last minutes only. */
export class Latencies {
  private readonly tiers = {
    l1: new RecentHistogram(),
    l2: new RecentHistogram(),
    loader: new RecentHistogram(),
  };

  record(tier: TimedTier, ms: number): void {
    this.tiers[tier].record(ms);
  }

  /** Once a second. */
  tick(): void {
    for (const tier of TIERS) this.tiers[tier].tick();
  }

  report(): Readonly<Record<TimedTier, LatencyReport>> {
    const rows = TIERS.map((tier) => {
      const recent = this.tiers[tier].merged();
      const [p50 = null, p95 = null, p99 = null] = recent.quantiles([0.5, 0.95, 0.99]);
      return [tier, { count: recent.count, p50, p95, p99 }] as const;
    });
    return Object.fromEntries(rows) as Record<TimedTier, LatencyReport>;
  }
}
