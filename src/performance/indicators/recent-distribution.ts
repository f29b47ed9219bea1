import type { Histogram } from '../../kernel/histogram.js';
import { valueOf } from '../../kernel/log-buckets.js';

const STEPS = 30;

type Buckets = ReadonlyMap<number, number>;

/** The last thirty steps of a histogram that only grows. */
export class RecentDistribution {
  private readonly snapshots: Buckets[] = [];

  /** @param read undefined while there is no such histogram */
  constructor(private readonly read: () => Histogram | undefined) {
    this.step();
  }

  /** At a fixed pace. */
  step(): void {
    this.snapshots.push(new Map(this.read()?.buckets()));
    if (this.snapshots.length > STEPS) this.snapshots.shift();
  }

  /** How many values the window has, and how many of them lie above a bound (within 1 %). */
  count(above = 0): number {
    return this.since()
      .filter(([bucket]) => above === 0 || valueOf(bucket) > above)
      .reduce((sum, [, count]) => sum + count, 0);
  }

  /** The value that this share of the window stays below, within 1 %; null without any. */
  quantile(rank: number): number | null {
    const buckets = this.since();
    const total = buckets.reduce((sum, [, count]) => sum + count, 0);
    let left = rank * total;
    for (const [bucket, count] of buckets) {
      left -= count;
      if (left <= 0 && count > 0) return valueOf(bucket);
    }
    return null;
  }

  private since(): [bucket: number, count: number][] {
    const [before] = this.snapshots;
    return [...(this.read()?.buckets() ?? [])].map(([bucket, count]) => [
      bucket,
      count - (before?.get(bucket) ?? 0),
    ]);
  }
}
