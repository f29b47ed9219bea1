import type { Random } from './random.js';

/** The popularity of keys in most caches: the k-th of `count` keys is read in proportion to 1 / k^skew. */
export class Zipf {
  private readonly sums: Float64Array;

  constructor(count: number, skew = 0.99) {
    let sum = 0;
    this.sums = Float64Array.from({ length: count }, (_, rank) => (sum += (rank + 1) ** -skew));
  }

  /** A key, 0 being the most popular. */
  draw(random: Random): number {
    const target = random.fraction() * this.sumOf(this.sums.length);
    let low = 0;
    let high = this.sums.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.sumOf(middle + 1) <= target) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Share of the reads that go to the `size` most popular keys: no cache that never changes does better. */
  optimum(size: number): number {
    return this.sumOf(size) / this.sumOf(this.sums.length);
  }

  private sumOf(count: number): number {
    return this.sums[count - 1] ?? 0;
  }
}
