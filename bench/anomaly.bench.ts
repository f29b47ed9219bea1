// Question: does one threshold find the events of labelled series, against references at their best thresholds?
// Run: npm run bench -- anomaly [--short] [--seed n] [--series <directory of .csv>] [--labels <combined_windows.json>]
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { parseArgs } from 'node:util';
import { fileURLToPath } from 'node:url';
import { benchGenerated, benchLifelike, benchPerturbed, benchReal } from './anomaly/accuracy.js';
import { benchCost } from './anomaly/cost.js';
import { benchPrediction } from './anomaly/prediction.js';
import { readSeries } from './anomaly/series.js';
import { report } from './support/report.js';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

const { values } = parseArgs({
  options: {
    short: { type: 'boolean', default: false },
    seed: { type: 'string', default: '1' },
    series: { type: 'string', default: here('./anomaly/data') },
    labels: { type: 'string', default: here('./anomaly/labels.json') },
  },
});
// Memory is measured after a collection.
setFlagsFromString('--expose-gc');
globalThis.gc ??= runInNewContext('gc') as NonNullable<typeof globalThis.gc>;

const cost = await benchCost(values.short ? 3 : 11);
const series = readSeries(values.series, values.labels);
const real = benchReal(series);
const perturbed = values.short ? [] : benchPerturbed(series);
const generated = benchGenerated(values.short ? 1 : 6);
const prediction = benchPrediction(series, values.short ? 1 : 4);
const lifelike = benchLifelike(values.short ? 1 : 8, Number(values.seed));
report(
  'anomaly',
  [...real, ...perturbed, ...generated, ...lifelike, ...prediction, ...cost],
  { series: values.series.split('/').at(-1) },
  !values.short,
);
