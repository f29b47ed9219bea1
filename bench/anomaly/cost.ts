import { SeriesModel } from '../../src/collectors/anomalies/series-model.js';
import type { BenchRow } from '../support/report.js';
import { alternate } from '../support/rounds.js';
import { holtWinters } from './detectors.js';
import { generate } from './generated.js';

const MODELS = 500;
const TAUGHT = 400;

/** What a point costs, what a series costs, and how many points the band holds. */
export async function benchCost(rounds: number): Promise<BenchRow[]> {
  const series = generate('season reversed', 1);
  const results = await alternate(
    [
      { name: 'model', run: (count) => Promise.resolve(feed(count, series.at, series.values)) },
      {
        name: 'Holt-Winters',
        run: (count) => {
          let sum = 0;
          for (let done = 0; done < count; done += series.at.length) sum += holtWinters(series).at(-1) ?? 0;
          return Promise.resolve(sum);
        },
      },
    ],
    { rounds, sampleMs: 200 },
  );
  const nanoseconds = 1e9 / results.perSecond('model');
  return [
    {
      id: 'point',
      ratio: nanoseconds,
      against: 'nanoseconds a point, judged and learned',
      goal: 5_000,
      want: 'at most',
      figures: { holtWinters: Math.round(1e9 / results.perSecond('Holt-Winters')) },
    },
    { id: 'memory', ratio: bytesPerSeries(), against: 'bytes a series', goal: 16_384, want: 'at most' },
    band(),
  ];
}

function feed(count: number, at: readonly number[], values: readonly number[]): number {
  let model = new SeriesModel();
  let sum = 0;
  for (let done = 0; done < count; done += 1) {
    const index = done % at.length;
    if (index === 0) model = new SeriesModel();
    sum += model.update(at[index] ?? 0, values[index] ?? 0).score;
  }
  return sum;
}

function bytesPerSeries(): number {
  const { at, values } = generate('calm', 2);
  const used = (): number => {
    globalThis.gc?.();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };
  const before = used();
  const models = Array.from({ length: MODELS }, () => new SeriesModel());
  for (const model of models) {
    for (let index = 0; index < TAUGHT; index += 1) model.update(at[index] ?? 0, values[index] ?? 0);
  }
  const bytes = (used() - before) / models.length;
  return models.length > 0 ? bytes : NaN;
}

/** Share of points of calm series that lie in the band. */
function band(): BenchRow {
  let [inside, points] = [0, 0];
  for (const seed of [1, 2, 3, 4]) {
    const model = new SeriesModel();
    const { at, values } = generate('calm', seed);
    values.forEach((value, index) => {
      const { lower, upper } = model.update(at[index] ?? 0, value);
      if (index < 600 || lower === null || upper === null) return;
      points += 1;
      if (value >= lower && value <= upper) inside += 1;
    });
  }
  return {
    id: 'band',
    ratio: inside / points,
    against: 'points of calm series, of which the band is to hold 0.99',
    goal: 0.98,
    want: 'at least',
  };
}
