import type { Point, Sample, Summary } from './sample.js';

interface Sums {
  sum: number;
  least: number;
  greatest: number;
  samples: number;
}

/** The samples of one minute, added up. */
export class Minute {
  private readonly sums = new Map<string, Sums>();

  constructor(private readonly sampledAt: Date) {}

  add({ values }: Sample): void {
    for (const [name, value] of Object.entries(values)) {
      if (value === null || !Number.isFinite(value)) continue;
      const sums = this.sums.get(name);
      if (sums === undefined) {
        this.sums.set(name, { sum: value, least: value, greatest: value, samples: 1 });
        continue;
      }
      sums.sum += value;
      sums.least = Math.min(sums.least, value);
      sums.greatest = Math.max(sums.greatest, value);
      sums.samples += 1;
    }
  }

  point(): Point {
    const series = [...this.sums].map(([name, { sum, least, greatest, samples }]) => {
      const summary: Summary = [sum / samples, least, greatest, samples];
      return [name, summary] as const;
    });
    return { sampledAt: this.sampledAt, series: Object.fromEntries(series) };
  }
}
