import { valueOf } from './log-buckets.js';

/** int2 bucket + int4 count, both big-endian: what int2send || int4send write in SQL. */
const PAIR_BYTES = 6;

/** Stands in the place of a bucket, which never gets that high: the count is then the length of a packed run. */
const PACKED = 32_767;

/** Buckets are int2: the index of a count is its bucket minus the smallest int2. */
const OFFSET = 32_768;
const ZERO_INDEX = 0;

/** Buckets added around the known ones: a factor of 11 in value. */
const SLACK = 128;

/**
 * A mergeable quantile sketch: counts by log bucket (see log-buckets.ts). Its byte form is a sequence of
 * (bucket int2, count int4) pairs, in any order and with repeats, and of packed runs; so concatenating the
 * bytes of several sketches is their merge. SQL writes pairs; `encode` writes one packed run, a third as
 * long: a pair (PACKED, length) and, per bucket ascending, varints of the distance to the last bucket (the
 * first one: to the smallest int2) and of the count. Memory: 8 bytes per bucket between least and greatest.
 */
export class QuantileSketch {
  /** Apart from the others: between zero and the first usual duration lie tens of thousands of buckets. */
  private zeros = 0;
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
    this.addIndex(bucket + OFFSET, count);
  }

  /** Merges the byte form of one or of several concatenated sketches. */
  addEncoded(bytes: Buffer): void {
    for (let offset = 0; offset + PAIR_BYTES <= bytes.length;) {
      const bucket = bytes.readInt16BE(offset);
      const count = bytes.readInt32BE(offset + 2);
      offset += PAIR_BYTES;
      if (bucket === PACKED) {
        this.addPacked(bytes, offset, offset + count);
        offset += count;
      } else {
        this.add(bucket, count);
      }
    }
  }

  /** The byte form: equal counts give equal bytes. */
  encode(): Buffer {
    const run: number[] = [];
    let last = ZERO_INDEX;
    if (this.zeros > 0) {
      pushVarint(run, 0);
      pushVarint(run, this.zeros);
    }
    this.counts.forEach((count, slot) => {
      if (count === 0) return;
      pushVarint(run, slot + this.base - last);
      pushVarint(run, count);
      last = slot + this.base;
    });
    const header = Buffer.alloc(PAIR_BYTES);
    header.writeInt16BE(PACKED, 0);
    header.writeInt32BE(run.length, 2);
    return Buffer.concat([header, Buffer.from(run)]);
  }

  /** Non-empty buckets with their counts, ascending. */
  *buckets(): Generator<[bucket: number, count: number], undefined> {
    if (this.zeros > 0) yield [-OFFSET, this.zeros];
    for (const [slot, count] of this.counts.entries()) {
      if (count > 0) yield [slot + this.base - OFFSET, count];
    }
  }

  /** Values in `bucket` and in all below it. */
  countUpTo(bucket: number): number {
    let counted = this.zeros;
    const end = Math.min(this.counts.length, bucket + OFFSET - this.base + 1);
    for (let slot = 0; slot < end; slot += 1) counted += this.counts[slot] ?? 0;
    return counted;
  }

  /**
   * Nearest-rank quantiles for ascending `ranks` in (0, 1]: the value at position ceil(rank * count),
   * within RELATIVE_ERROR. `null`s when nothing was counted.
   */
  quantiles(ranks: readonly number[]): (number | null)[] {
    if (this.total === 0) return ranks.map(() => null);
    let index = -1;
    let seen = this.zeros;
    return ranks.map((rank) => {
      // The small step back keeps a product like 0.07 * 100 = 7.000000000000001 at position 7.
      const position = Math.max(1, Math.ceil(rank * this.total * (1 - 1e-12)));
      while (seen < position) {
        index += 1;
        seen += this.counts[index] ?? Infinity;
      }
      return index < 0 ? 0 : valueOf(index + this.base - OFFSET);
    });
  }

  private addPacked(bytes: Buffer, start: number, end: number): void {
    let offset = start;
    const next = (): number => {
      let value = 0;
      let scale = 1;
      for (;;) {
        const byte = bytes[offset] ?? 0;
        offset += 1;
        value += (byte & 0x7f) * scale;
        if (byte < 0x80) return value;
        scale *= 0x80;
      }
    };
    let index = 0;
    while (offset < end) {
      index += next();
      this.addIndex(index, next());
    }
  }

  private addIndex(index: number, count: number): void {
    this.total += count;
    if (index === ZERO_INDEX) {
      this.zeros += count;
      return;
    }
    if (index < this.base || index >= this.base + this.counts.length) this.cover(index);
    const slot = index - this.base;
    this.counts[slot] = (this.counts[slot] ?? 0) + count;
  }

  /** Makes room around `index`. */
  private cover(index: number): void {
    const isEmpty = this.counts.length === 0;
    const start = Math.max(0, (isEmpty ? index : Math.min(index, this.base)) - SLACK);
    const end = (isEmpty ? index + 1 : Math.max(index + 1, this.base + this.counts.length)) + SLACK;
    const grown = new Float64Array(end - start);
    if (!isEmpty) grown.set(this.counts, this.base - start);
    this.counts = grown;
    this.base = start;
  }
}

function pushVarint(bytes: number[], value: number): void {
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  bytes.push(rest);
}
