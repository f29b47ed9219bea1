import { Random } from '../../test/support/random.js';
import type { LabelledSeries } from './series.js';

/** Which points of a series are kept. */
type Keep = (index: number) => boolean;

/** Ways to alter a series that change nothing of what happens in it: whoever finds its events finds them still. */
export const PERTURBED: Readonly<Record<string, (series: LabelledSeries) => LabelledSeries>> = {
  'begins 150 points later': (series) => pick(series, (index) => index >= 150),
  'begins 400 points later': (series) => pick(series, (index) => index >= 400),
  '5 % missing': (series) => pick(series, chosen(0.95, 5)),
  '15 % missing': (series) => pick(series, chosen(0.85, 6)),
  'every second point': (series) => pick(series, (index) => index % 2 === 0),
  'every other second point': (series) => pick(series, (index) => index % 2 === 1),
  'every third point': (series) => pick(series, (index) => index % 3 === 1),
  'upside down': (series) => ({ ...series, values: series.values.map((value) => -value) }),
  'with more noise': (series) => {
    const random = new Random(9);
    const size = stepSize(series.values);
    const noise = (): number => random.fraction() + random.fraction() + random.fraction() - 1.5;
    return { ...series, values: series.values.map((value) => value + size * noise()) };
  },
};

/** A random share of the points. */
function chosen(share: number, seed: number): Keep {
  const random = new Random(seed);
  return () => random.fraction() < share;
}

/** The points that are kept, with the windows where they are now. */
function pick({ name, at, values, windows }: LabelledSeries, isKept: Keep): LabelledSeries {
  const kept = values.flatMap((_value, index) => (isKept(index) ? [index] : []));
  const now = (index: number): number => {
    const next = kept.findIndex((before) => before >= index);
    return next < 0 ? kept.length - 1 : next;
  };
  return {
    name,
    at: kept.map((index) => at[index] ?? NaN),
    values: kept.map((index) => values[index] ?? NaN),
    windows: windows
      .filter(([, last]) => last >= (kept[0] ?? 0))
      .map(([first, last]): [number, number] => [now(first), now(last)]),
  };
}

/** Deviation of the steps from one point to the next. */
function stepSize(values: readonly number[]): number {
  const squares = values.slice(1).reduce((sum, value, index) => sum + (value - (values[index] ?? 0)) ** 2, 0);
  return Math.sqrt(squares / Math.max(1, values.length - 1) / 2);
}
