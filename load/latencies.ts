import { bucketOf, valueOf } from '../src/kernel/log-buckets.js';

/** Durations as counts by bucket, which processes can send to each other. */
export type Buckets = readonly (readonly [bucket: number, count: number])[];

/** Durations in ms, within 1 %. */
export class Latencies {
  private readonly counts = new Map<number, number>();

  add(ms: number): void {
    // Two processes' clocks differ by microseconds: below that nothing is measured.
    this.count(bucketOf(Math.max(0.01, ms)), 1);
  }

  merge(buckets: Buckets): void {
    for (const [bucket, count] of buckets) this.count(bucket, count);
  }

  /** All there are; then it is empty. */
  take(): Buckets {
    const taken = [...this.counts];
    this.counts.clear();
    return taken;
  }

  /** By nearest rank; undefined when there are none. */
  quantile(share: number): number | undefined {
    const buckets = [...this.counts].sort(([one], [other]) => one - other);
    const rank = buckets.reduce((sum, [, count]) => sum + count, 0) * share;
    let passed = 0;
    for (const [bucket, count] of buckets) {
      passed += count;
      if (passed >= rank) return valueOf(bucket);
    }
    return undefined;
  }

  private count(bucket: number, count: number): void {
    this.counts.set(bucket, (this.counts.get(bucket) ?? 0) + count);
  }
}
