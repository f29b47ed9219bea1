import { valueOf } from './log-buckets.js';

/** int2 bucket + int4 count, both big-endian: what int2send || int4send write in SQL. */
const PAIR_BYTES = 6;

/**
 * A mergeable quantile sketch: counts by log bucket (see log-buckets.ts). Its byte form is a plain
 * run of (bucket int2, count int4) pairs in any order, with repeats, so that concatenating the bytes
 * of several sketches is their merge. Memory: one map entry per distinct bucket.
 */
export class QuantileSketch {
  private readonly counts = new Map<number, number>();
  private total = 0;

  /** Values counted so far. */
  get count(): number {
    return this.total;
  }

  /** Adds `count` values of one bucket. */
  add(bucket: number, count: number): void {
    this.counts.set(bucket, (this.counts.get(bucket) ?? 0) + count);
    this.total += count;
  }

  /** Merges the byte form of one or of several concatenated sketches. */
  addEncoded(bytes: Buffer): void {
    for (let offset = 0; offset + PAIR_BYTES <= bytes.length; offset += PAIR_BYTES) {
      this.add(bytes.readInt16BE(offset), bytes.readInt32BE(offset + 2));
    }
  }

  /** The byte form, buckets ascending, one pair a bucket. */
  encode(): Buffer {
    const pairs = this.sorted();
    const bytes = Buffer.allocUnsafe(pairs.length * PAIR_BYTES);
    pairs.forEach(([bucket, count], index) => {
      bytes.writeInt16BE(bucket, index * PAIR_BYTES);
      bytes.writeInt32BE(count, index * PAIR_BYTES + 2);
    });
    return bytes;
  }

  /**
   * Nearest-rank quantiles for ascending `ranks` in (0, 1]: the value at position ceil(rank * count),
   * within RELATIVE_ERROR. `null`s when nothing was counted.
   */
  quantiles(ranks: readonly number[]): (number | null)[] {
    if (this.total === 0) return ranks.map(() => null);
    const pairs = this.sorted();
    let index = -1;
    let seen = 0;
    return ranks.map((rank) => {
      const position = Math.max(1, Math.ceil(rank * this.total - 1e-9));
      while (seen < position) {
        index += 1;
        seen += pairs[index]?.[1] ?? Infinity;
      }
      return valueOf(pairs[index]?.[0] ?? 0);
    });
  }

  private sorted(): [bucket: number, count: number][] {
    return [...this.counts].sort(([left], [right]) => left - right);
  }
}
