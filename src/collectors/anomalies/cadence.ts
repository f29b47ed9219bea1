const KEPT = 31;

/** The usual distance of the points of a series: the median of the last ones, so that gaps do not count. */
export class Cadence {
  private readonly distances: number[] = [];
  private readonly isGiven: boolean;
  private count = 0;
  private lastAt: number | undefined;
  private step: number;

  /** @param stepMs when it is known, it is not learned */
  constructor(stepMs: number | undefined) {
    this.isGiven = stepMs !== undefined;
    this.step = stepMs ?? 60_000;
  }

  get stepMs(): number {
    return this.step;
  }

  /** Steps from the last point to `at`, at least 1. */
  elapsed(at: number): number {
    return this.lastAt === undefined ? 1 : Math.max(1, (at - this.lastAt) / this.step);
  }

  /** A point has come. One that is not later than the last leaves the clock where it is. */
  note(at: number): void {
    const distance = this.lastAt === undefined ? 0 : at - this.lastAt;
    this.lastAt = Math.max(at, this.lastAt ?? at);
    if (this.isGiven || distance <= 0) return;
    this.distances[this.count % KEPT] = distance;
    this.count += 1;
    const isDue = this.count % KEPT === 0 || (this.count < KEPT && (this.count & (this.count + 1)) === 0);
    if (!isDue) return;
    const sorted = this.distances.toSorted((left, right) => left - right);
    this.step = sorted[sorted.length >> 1] ?? this.step;
  }
}
