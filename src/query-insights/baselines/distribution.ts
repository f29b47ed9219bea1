import { QuantileSketch } from '../../kernel/quantile-sketch.js';
import type { Figures } from '../profile/figures.js';

/** Durations in ms as counts by log bucket, with what they add up to. */
export class Distribution {
  calls = 0;
  rows = 0;
  totalMs = 0;
  private readonly sketch = new QuantileSketch();

  get meanMs(): number {
    return this.calls === 0 ? 0 : this.totalMs / this.calls;
  }

  get rowsPerCall(): number {
    return this.calls === 0 ? 0 : this.rows / this.calls;
  }

  /** Within 1 %; 0 without calls. */
  quantile(rank: number): number {
    return this.sketch.quantiles([rank])[0] ?? 0;
  }

  /** Non-empty buckets with their counts, ascending. */
  buckets(): Iterable<readonly [bucket: number, count: number]> {
    return this.sketch.buckets();
  }

  add({ calls, rows, totalMs, durations }: Figures): this {
    this.count({ calls, rows, totalMs });
    for (const [bucket, count] of durations.buckets()) this.sketch.add(bucket, count);
    return this;
  }

  /** @param durations byte form of one or several sketches */
  addEncoded(counts: { calls: number; rows: number; totalMs: number }, durations: Buffer): this {
    this.count(counts);
    this.sketch.addEncoded(durations);
    return this;
  }

  encode(): Buffer {
    return this.sketch.encode();
  }

  private count({ calls, rows, totalMs }: { calls: number; rows: number; totalMs: number }): void {
    this.calls += calls;
    this.rows += rows;
    this.totalMs += totalMs;
  }
}
