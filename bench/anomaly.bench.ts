// Question: does one threshold find the events of labelled series, against references at their best thresholds?
// Run: npm run bench -- anomaly [--short] [--series <directory of .csv>] [--labels <combined_windows.json>]
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { parseArgs } from 'node:util';
import { fileURLToPath } from 'node:url';
import { benchGenerated, benchReal } from './anomaly/accuracy.js';
import { benchCost } from './anomaly/cost.js';
import { readSeries } from './anomaly/series.js';
import { report } from './support/report.js';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

const { values } = parseArgs({
  options: {
    short: { type: 'boolean', default: false },
    series: { type: 'string', default: here('./anomaly/data') },
    labels: { type: 'string', default: here('./anomaly/labels.json') },
  },
});
// Memory is measured after a collection.
setFlagsFromString('--expose-gc');
globalThis.gc ??= runInNewContext('gc') as NonNullable<typeof globalThis.gc>;

const cost = await benchCost(values.short ? 3 : 11);
const real = benchReal(readSeries(values.series, values.labels));
const generated = benchGenerated(values.short ? 1 : 6);
report(
  'anomaly',
  [...real, ...generated, ...cost],
  { series: values.series.split('/').at(-1) },
  !values.short,
);
