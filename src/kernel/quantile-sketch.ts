import { valueOf } from './log-buckets.js';

/** int2 bucket + int4 count, both big-endian: what int2send || int4send write in SQL. */
const PAIR_BYTES = 6;

/** Buckets are int2: the index of a count is its bucket minus the smallest int2. */
const BUCKETS = 65_536;
const OFFSET = 32_768;

/**
 * A mergeable quantile sketch: counts by log bucket (see log-buckets.ts). Its byte form is a plain
 * run of (bucket int2, count int4) pairs in any order, with repeats, so that concatenating the bytes
 * of several sketches is their merge. Memory: 8 bytes per bucket between the least and the greatest.
 */
export class QuantileSketch {
  private counts = new Float64Array(0);
  /** Index of the first count. */
  private base = 0;
  private total = 0;

  /** Values counted so far. */
  get count(): number {
    return this.total;
  }

  /** Adds `count` values of one bucket. */
  add(bucket: number, count: number): void {
    this.cover(bucket + OFFSET, bucket + OFFSET);
    this.increase(bucket + OFFSET, count);
  }

  /** Merges the byte form of one or of several concatenated sketches. */
  addEncoded(bytes: Buffer): void {
    let least = BUCKETS;
    let greatest = -1;
    for (let offset = 0; offset + PAIR_BYTES <= bytes.length; offset += PAIR_BYTES) {
      const index = bytes.readInt16BE(offset) + OFFSET;
      if (index < least) least = index;
      if (index > greatest) greatest = index;
    }
    if (greatest < 0) return;
    this.cover(least, greatest);
    for (let offset = 0; offset + PAIR_BYTES <= bytes.length; offset += PAIR_BYTES) {
      this.increase(bytes.readInt16BE(offset) + OFFSET, bytes.readInt32BE(offset + 2));
    }
  }

  /** The byte form, buckets ascending, one pair a bucket. */
  encode(): Buffer {
    const used = [...this.counts.keys()].filter((index) => this.counts[index] !== 0);
    const bytes = Buffer.allocUnsafe(used.length * PAIR_BYTES);
    used.forEach((index, position) => {
      bytes.writeInt16BE(index + this.base - OFFSET, position * PAIR_BYTES);
      bytes.writeInt32BE(this.counts[index] ?? 0, position * PAIR_BYTES + 2);
    });
    return bytes;
  }

  /**
   * Nearest-rank quantiles for ascending `ranks` in (0, 1]: the value at position ceil(rank * count),
   * within RELATIVE_ERROR. `null`s when nothing was counted.
   */
  quantiles(ranks: readonly number[]): (number | null)[] {
    if (this.total === 0) return ranks.map(() => null);
    let index = -1;
    let seen = 0;
    return ranks.map((rank) => {
      // The small step back keeps a product like 0.07 * 100 = 7.000000000000001 at position 7.
      const position = Math.max(1, Math.ceil(rank * this.total * (1 - 1e-12)));
      while (seen < position) {
        index += 1;
        seen += this.counts[index] ?? Infinity;
      }
      return valueOf(index + this.base - OFFSET);
    });
  }

  private increase(index: number, count: number): void {
    const slot = index - this.base;
    this.counts[slot] = (this.counts[slot] ?? 0) + count;
    this.total += count;
  }

  /** Makes room for counts from `least` to `greatest`. */
  private cover(least: number, greatest: number): void {
    const end = this.base + this.counts.length;
    if (least >= this.base && greatest < end) return;
    const isEmpty = this.counts.length === 0;
    const base = isEmpty ? least : Math.min(least, this.base);
    const grown = new Float64Array((isEmpty ? greatest + 1 : Math.max(greatest + 1, end)) - base);
    if (!isEmpty) grown.set(this.counts, this.base - base);
    this.counts = grown;
    this.base = base;
  }
}
