/** Seeded pseudo-random numbers (mulberry32), so that a failing run can be repeated. */
export class Random {
  constructor(private state: number) {}

  /** Uniform in [0, 1). */
  fraction(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** Whole, from 0 to `limit` - 1. */
  below(limit: number): number {
    return Math.floor(this.fraction() * limit);
  }

  /** One of `values`. */
  of<T>(values: readonly T[]): T {
    return values[this.below(values.length)] as T;
  }
}
