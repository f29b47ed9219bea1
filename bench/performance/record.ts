import client from 'prom-client';
import { MetricRegistry } from '../../src/platform/telemetry/index.js';
import { Random } from '../../test/support/random.js';
import type { BenchRow } from '../support/report.js';
import { alternate, type Contestant } from '../support/rounds.js';
import type { Scale } from './scale.js';

const LABELS = { method: 'GET', route: '/metrics', status: '200' };
const NAMES = ['method', 'route', 'status'] as const;
const VALUES = 4_096;
/** Durations as services have them: around 3 ms, now and then a second. */
const MEDIAN_SECONDS = 0.003;
const SPREAD = 1.5;

/** One value into a histogram: of one series, and by labels. Both sides in the fastest form that they have. */
export async function benchRecord(scale: Scale): Promise<BenchRow[]> {
  const values = durations();
  const rounds = await alternate([...ofOneSeries(values), ...byLabels(values)], scale);
  return [
    row('record-one-series', 'prom-client Histogram.observe without labels', 'own', 'prom'),
    row(
      'record-by-labels',
      'prom-client Histogram.observe(labels, value)',
      'own by labels',
      'prom by labels',
    ),
  ];

  function row(id: string, against: string, own: string, prom: string): BenchRow {
    const nsOf = (name: string): number => Number((1e9 / rounds.perSecond(name)).toFixed(1));
    const figures = { ownNs: nsOf(own), promClientNs: nsOf(prom) };
    const goal = own === 'own' ? 50 : 1;
    return { id, ratio: rounds.ratio(own, prom), against, goal, want: 'at least', figures };
  }
}

function ofOneSeries(values: Float64Array): Contestant[] {
  const histogram = new MetricRegistry().distribution('bench_wait_seconds', { help: 'x' }).bind({});
  const prom = new client.Histogram({ name: 'bench_wait_seconds', help: 'x', registers: [] });
  return [
    {
      name: 'own',
      run: (count) => {
        for (let index = 0; index < count; index += 1) histogram.record(values[index & (VALUES - 1)] ?? 0);
        return Promise.resolve(histogram.sum);
      },
    },
    {
      name: 'prom',
      run: (count) => {
        for (let index = 0; index < count; index += 1) prom.observe(values[index & (VALUES - 1)] ?? 0);
        return Promise.resolve(count);
      },
    },
  ];
}

function byLabels(values: Float64Array): Contestant[] {
  const options = { help: 'x', labels: NAMES };
  const distribution = new MetricRegistry().distribution('bench_wait_seconds', options);
  const labelNames = [...NAMES];
  const prom = new client.Histogram({ name: 'bench_wait_seconds', help: 'x', labelNames, registers: [] });
  return [
    {
      name: 'own by labels',
      run: (count) => {
        for (let index = 0; index < count; index += 1) {
          distribution.record(LABELS, values[index & (VALUES - 1)] ?? 0);
        }
        return Promise.resolve(count);
      },
    },
    {
      name: 'prom by labels',
      run: (count) => {
        for (let index = 0; index < count; index += 1)
          prom.observe(LABELS, values[index & (VALUES - 1)] ?? 0);
        return Promise.resolve(count);
      },
    },
  ];
}

/** Log-normal, by the sum of twelve uniform numbers. */
function durations(): Float64Array {
  const random = new Random(5);
  return Float64Array.from({ length: VALUES }, () => {
    const normal = Array.from({ length: 12 }, () => random.fraction()).reduce((sum, one) => sum + one, -6);
    return MEDIAN_SECONDS * Math.exp(SPREAD * normal);
  });
}
