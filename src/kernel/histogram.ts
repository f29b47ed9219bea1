import { bucketOf, LOG_GAMMA, upperEdgeOf, valueOf, ZERO_BUCKET } from './log-buckets.js';

/** Indices outside are counted at the edge: 1e-9 (a nanosecond in seconds) to 1e15 (a petabyte). */
const LOWEST = Math.ceil(Math.log(1e-9) / LOG_GAMMA);
const HIGHEST = Math.ceil(Math.log(1e15) / LOG_GAMMA);

/** Spare buckets on both sides when the window grows, so that it grows rarely. */
const MARGIN = 32;

/**
 * The buckets of all values by the top of their bits, so that recording needs no logarithm: sign, exponent and six
 * bits of the fraction name a cell, a cell is narrower than a bucket, and so it has one edge between two of them at most.
 */
const FRACTION_SHIFT = 14;
const SCRATCH = new Float64Array(1);
const WORDS = new Int32Array(SCRATCH.buffer);
/** Which half of the bits has the exponent. */
const HIGH = new Uint8Array(Int32Array.of(1).buffer)[0] === 1 ? 1 : 0;
const FIRST_CELL = highBitsOf(1e-9) >>> FRACTION_SHIFT;
const CELLS = (highBitsOf(1e15) >>> FRACTION_SHIFT) - FIRST_CELL + 1;
/** Bucket of the least value of each cell. */
const CELL_BUCKETS = new Int32Array(CELLS);
/** High bits of that bucket's upper edge; above it a value of the cell is in the next bucket. */
const CELL_EDGES = new Int32Array(CELLS);
for (let cell = 0; cell < CELLS; cell += 1) {
  WORDS[1 - HIGH] = 0;
  WORDS[HIGH] = (FIRST_CELL + cell) << FRACTION_SHIFT;
  const bucket = bucketOf(SCRATCH[0] ?? 0);
  CELL_BUCKETS[cell] = bucket;
  CELL_EDGES[cell] = highBitsOf(upperEdgeOf(bucket));
}

function highBitsOf(value: number): number {
  SCRATCH[0] = value;
  return WORDS[HIGH] ?? 0;
}

/**
 * Distribution of non-negative values in the project's log buckets (see log-buckets.ts). One record is
 * O(1) and allocates nothing once the values' range was seen. Memory: 8 bytes a bucket between the
 * smallest and the largest value seen, at most 24 kB. Histograms merge without loss.
 */
export class Histogram {
  private counts = new Float64Array(0);
  /** Bucket index of counts[0]. */
  private offset = 0;
  private zeros = 0;
  private totalSum = 0;
  private smallest = Infinity;
  private largest = -Infinity;

  /** Values recorded so far. */
  get count(): number {
    return this.counts.reduce((sum, count) => sum + count, this.zeros);
  }

  /** Sum of the values; 0 when empty. */
  get sum(): number {
    return this.totalSum;
  }

  /** Exact smallest value; null when empty. */
  get min(): number | null {
    return this.smallest === Infinity ? null : this.smallest;
  }

  /** Exact largest value; null when empty. */
  get max(): number | null {
    return this.smallest === Infinity ? null : this.largest;
  }

  /** Counts one value. Negative values count as 0; values that are not finite are ignored. */
  record(value: number): void {
    SCRATCH[0] = value;
    const high = WORDS[HIGH] ?? 0;
    // Zero, negative and unusual values have other bits in front.
    const cell = ((high >>> FRACTION_SHIFT) - FIRST_CELL) >>> 0;
    if (cell >= CELLS) return this.recordRare(value);
    const above = (CELL_EDGES[cell] ?? 0) - high;
    // The sign bit: a branch here would be taken at random.
    const index = (CELL_BUCKETS[cell] ?? 0) + (above >>> 31) - this.offset;
    if (above === 0 || index < 0 || index >= this.counts.length) return this.recordRare(value);
    this.counts[index] = (this.counts[index] ?? 0) + 1;
    this.totalSum += value;
    this.bound(value);
  }

  /** Adds everything `other` holds. */
  merge(other: Histogram): void {
    this.totalSum += other.totalSum;
    this.smallest = Math.min(this.smallest, other.smallest);
    this.largest = Math.max(this.largest, other.largest);
    for (const [bucket, count] of other.buckets()) this.add(bucket, count);
  }

  /** Non-empty buckets with their counts, ascending. */
  *buckets(): Generator<[bucket: number, count: number], undefined> {
    if (this.zeros > 0) yield [ZERO_BUCKET, this.zeros];
    for (const [index, count] of this.counts.entries()) {
      if (count > 0) yield [this.offset + index, count];
    }
  }

  /** How many values lie in buckets up to each of `edges` (ascending bucket indices, inclusive). */
  cumulativeCounts(edges: readonly number[]): number[] {
    let seen = this.zeros;
    let next = 0;
    return edges.map((edge) => {
      const end = Math.min(edge - this.offset + 1, this.counts.length);
      for (; next < end; next += 1) seen += this.counts[next] ?? 0;
      return seen;
    });
  }

  /**
   * Nearest-rank quantiles for ascending `ranks` in (0, 1], each within RELATIVE_ERROR and never outside
   * [min, max]. `null`s when empty.
   */
  quantiles(ranks: readonly number[]): (number | null)[] {
    const total = this.count;
    if (total === 0) return ranks.map(() => null);
    const buckets = this.buckets();
    let value = 0;
    let seen = 0;
    return ranks.map((rank) => {
      const position = Math.max(1, Math.ceil(rank * total - 1e-9));
      while (seen < position) {
        const next = buckets.next();
        if (next.done === true) break;
        value = valueOf(next.value[0]);
        seen += next.value[1];
      }
      return Math.min(this.largest, Math.max(this.smallest, value));
    });
  }

  /** Out of the common range, the first of its range, or so near to an edge that only the logarithm can tell. */
  private recordRare(value: number): void {
    if (!Number.isFinite(value)) return;
    const kept = value > 0 ? value : 0;
    this.totalSum += kept;
    this.bound(kept);
    this.add(bucketOf(kept), 1);
  }

  private bound(value: number): void {
    if (value < this.smallest) this.smallest = value;
    if (value > this.largest) this.largest = value;
  }

  private add(bucket: number, count: number): void {
    if (bucket === ZERO_BUCKET) {
      this.zeros += count;
      return;
    }
    const index = Math.min(HIGHEST, Math.max(LOWEST, bucket));
    if (index < this.offset || index >= this.offset + this.counts.length) this.growTo(index);
    this.counts[index - this.offset] = (this.counts[index - this.offset] ?? 0) + count;
  }

  private growTo(index: number): void {
    const isEmpty = this.counts.length === 0;
    const first = isEmpty ? index : Math.min(index, this.offset);
    const last = isEmpty ? index : Math.max(index, this.offset + this.counts.length - 1);
    const start = first < this.offset || isEmpty ? Math.max(LOWEST, first - MARGIN) : this.offset;
    const grown = new Float64Array(Math.min(HIGHEST, last + MARGIN) - start + 1);
    if (!isEmpty) grown.set(this.counts, this.offset - start);
    this.counts = grown;
    this.offset = start;
  }
}
