import type { Point, Sample, Summary } from './sample.js';

interface Sums {
  sum: number;
  least: number;
  greatest: number;
  samples: number;
}

/** The samples of a minute or another stretch of time, added up. */
export class Minute {
  private readonly sums = new Map<string, Sums>();

  constructor(private readonly sampledAt: Date) {}

  add({ values }: Sample): void {
    for (const [name, value] of Object.entries(values)) {
      if (value === null || !Number.isFinite(value)) continue;
      this.count(name, { sum: value, least: value, greatest: value, samples: 1 });
    }
  }

  /** Adds what another stretch of time has. */
  merge(other: Minute): void {
    for (const [name, sums] of other.sums) this.count(name, sums);
  }

  point(): Point {
    const series = [...this.sums].map(([name, { sum, least, greatest, samples }]) => {
      const summary: Summary = [sum / samples, least, greatest, samples];
      return [name, summary] as const;
    });
    return { sampledAt: this.sampledAt, series: Object.fromEntries(series) };
  }

  private count(name: string, { sum, least, greatest, samples }: Readonly<Sums>): void {
    const sums = this.sums.get(name);
    if (sums === undefined) {
      this.sums.set(name, { sum, least, greatest, samples });
      return;
    }
    sums.sum += sum;
    sums.least = Math.min(sums.least, least);
    sums.greatest = Math.max(sums.greatest, greatest);
    sums.samples += samples;
  }
}
