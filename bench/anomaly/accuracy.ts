import { ANOMALY_THRESHOLD } from '../../src/collectors/anomalies/series-model.js';
import { Random } from '../../test/support/random.js';
import type { BenchRow } from '../support/report.js';
import { alarmsOf, chance, type Detector, holtWinters, model, movingWindow } from './detectors.js';
import { FAMILIES, generate } from './generated.js';
import { generateLifelike, LIFELIKE } from './lifelike.js';
import { PERTURBED } from './perturbed.js';
import { type Score, scoreOf } from './score.js';
import type { LabelledSeries } from './series.js';

/** References take the threshold that is best for them on the very series they are scored on. */
const SIGMAS = [3, 4, 5, 6, 8, 10, 14, 20];
const SHARES = [0.98, 0.99, 0.995, 0.999, 0.9995];
const OWN = [2.5, 2.75, 3, 3.25, ANOMALY_THRESHOLD, 3.75, 4, 4.5, 5];

const BEST = 'the best of the references, each at its best threshold';

type Named = Readonly<Record<string, Score & { readonly threshold: number }>>;

/** The model at its one threshold against references at their best ones, on real series. */
export function benchReal(series: readonly LabelledSeries[]): BenchRow[] {
  const { own, references } = compare(series);
  const perSeries = series.map((one) => {
    const { found, missed, falseAlarms } = ownScore([one]);
    return `${one.name}: ${found} of ${found + missed}, ${falseAlarms} false`;
  });
  const nab = bestBy(references, ({ nab: points }) => points);
  return [
    {
      ...row('real-f1', own.f1 / best(references).f1, BEST, 1.3),
      figures: {
        ...told(own),
        ...Object.fromEntries(perSeries.map((text, index) => [String(index + 1), text])),
        ...toldAll(references),
      },
    },
    {
      ...row('real-nab', own.nab, 'standard profile of NAB: 100 is perfect, 0 finds nothing', 60),
      figures: { bestReference: round(nab.nab), falseAlarms: own.falseAlarms },
    },
    transfer(series),
  ];
}

/** The same on series altered in ways that change nothing of what happens in them: constants on a knife's edge fall off. */
export function benchPerturbed(series: readonly LabelledSeries[]): BenchRow[] {
  const altered = Object.entries(PERTURBED).map(([name, alter]) => ({ name, series: series.map(alter) }));
  const all = altered.flatMap(({ series: some }) => some);
  const { own, references } = compare(all);
  return [
    {
      ...row('perturbed-f1', own.f1 / best(references).f1, BEST, 1.3),
      figures: { ...told(own), ...perFamily(altered), ...toldAll(references) },
    },
  ];
}

/** The same on series made like those of systems, which the constants were not chosen by alone. */
export function benchLifelike(seeds: number, firstSeed: number): BenchRow[] {
  const all = Object.keys(LIFELIKE).map((name) => ({
    name,
    series: Array.from({ length: seeds }, (_, seed) => generateLifelike(name, firstSeed + seed)),
  }));
  const { own, references } = compare(all.flatMap(({ series }) => series));
  return [
    {
      ...row('lifelike-f1', own.f1 / best(references).f1, BEST, 1.3),
      figures: { ...told(own), ...perFamily(all), ...toldAll(references) },
    },
  ];
}

/** The same on generated series, and how many alarms there are where nothing happens. */
export function benchGenerated(seeds: number): BenchRow[] {
  const all = Object.keys(FAMILIES).map((name) => ({
    name,
    series: Array.from({ length: seeds }, (_, seed) => generate(name, seed + 1)),
  }));
  const { own, references } = compare(all.flatMap(({ series }) => series));
  const quiet = all.filter(({ series }) => series.every(({ windows }) => windows.length === 0));
  const points = quiet.flatMap(({ series }) => series).reduce((sum, { at }) => sum + at.length, 0);
  const alarms = quiet.reduce((sum, { series }) => sum + ownScore(series).falseAlarms, 0);
  return [
    {
      ...row('generated-f1', own.f1 / best(references).f1, BEST, 1.3),
      figures: { ...told(own), ...perFamily(all), ...toldAll(references) },
    },
    {
      ...row('false-alarms', (10_000 * alarms) / points, 'points without events: alarms in 10,000', 5),
      want: 'at most',
      figures: { points, alarms },
    },
  ];
}

function perFamily(
  families: readonly { readonly name: string; readonly series: readonly LabelledSeries[] }[],
): Record<string, string> {
  return Object.fromEntries(
    families.map(({ name, series }) => {
      const { found, missed, falseAlarms } = ownScore(series);
      return [name, `${found} of ${found + missed}, ${falseAlarms} false`];
    }),
  );
}

/**
 * Whether one threshold serves series it was not chosen on: each series at the threshold that is best for all others,
 * against all at the shipped one.
 */
function transfer(series: readonly LabelledSeries[]): BenchRow {
  const scores = series.map(model);
  const flags = (index: number, threshold: number): boolean[] =>
    alarmsOf(scores[index] ?? [], threshold, true);
  const at = (indices: readonly number[], threshold: number): number =>
    scoreOf(
      indices.flatMap((index) => series[index] ?? []),
      indices.map((index) => flags(index, threshold)),
    ).f1;
  const indices = series.map((_, index) => index);
  const chosen = indices.map((left) => {
    const others = indices.filter((index) => index !== left);
    return OWN.reduce((bestOne, threshold) =>
      at(others, threshold) > at(others, bestOne) ? threshold : bestOne,
    );
  });
  const leftOut = scoreOf(
    series,
    indices.map((index) => flags(index, chosen[index] ?? ANOMALY_THRESHOLD)),
  ).f1;
  const shipped = at(indices, ANOMALY_THRESHOLD);
  return {
    ...row('threshold-transfer', shipped / leftOut, 'thresholds chosen on the other series', 0.9),
    figures: { shipped: round(shipped), leftOut: round(leftOut), chosen: chosen.join(' ') },
  };
}

function compare(series: readonly LabelledSeries[]): { own: Score; references: Named } {
  return {
    own: ownScore(series),
    references: {
      'moving window': atBest(series, movingWindow, SIGMAS),
      'Holt-Winters': atBest(series, holtWinters, SIGMAS),
      chance: atBest(series, chance(new Random(1)), SHARES),
    },
  };
}

function ownScore(series: readonly LabelledSeries[]): Score {
  return scoreOf(
    series,
    series.map((one) => alarmsOf(model(one), ANOMALY_THRESHOLD, true)),
  );
}

function atBest(series: readonly LabelledSeries[], detector: Detector, thresholds: readonly number[]) {
  const scores = series.map(detector);
  const judged = thresholds.map((threshold) => ({
    threshold,
    ...scoreOf(
      series,
      scores.map((score) => alarmsOf(score, threshold, false)),
    ),
  }));
  return judged.reduce((left, right) => (right.f1 > left.f1 ? right : left));
}

function best(references: Named): Score {
  return bestBy(references, ({ f1 }) => f1);
}

function bestBy(references: Named, of: (score: Score) => number): Score {
  return Object.values(references).reduce((left, right) => (of(right) > of(left) ? right : left));
}

function told({ found, missed, falseAlarms, f1, nab }: Score): Record<string, number> {
  return { found, missed, falseAlarms, f1: round(f1), nab: round(nab) };
}

function toldAll(references: Named): Record<string, string> {
  const entries = Object.entries(references).map(([name, score]) => [
    name,
    `f1 ${round(score.f1)}, nab ${round(score.nab)}, ${score.falseAlarms} false, at ${score.threshold}`,
  ]);
  return Object.fromEntries(entries) as Record<string, string>;
}

function row(id: string, ratio: number, against: string, goal: number): BenchRow {
  return { id, ratio, against, goal, want: 'at least' };
}

function round(value: number): number {
  return Number(value.toFixed(3));
}
