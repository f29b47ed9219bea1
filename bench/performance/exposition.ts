import client from 'prom-client';
import { MetricRegistry, renderPrometheus } from '../../src/platform/telemetry/index.js';
import type { BenchRow } from '../support/report.js';
import { alternate } from '../support/rounds.js';
import type { Scale } from './scale.js';

const SERIES = 5_000;
const OPTIONS = { help: 'Requests of the bench.', labels: ['method', 'route', 'status'], maxSeries: SERIES };

/** Five thousand series as Prometheus reads them: a scrape. */
export async function benchExposition(scale: Scale): Promise<BenchRow[]> {
  const registry = new MetricRegistry();
  const register = new client.Registry();
  const own = registry.counter('bench_requests_total', OPTIONS);
  const prom = new client.Counter({
    name: 'bench_requests_total',
    help: OPTIONS.help,
    labelNames: [...OPTIONS.labels],
    registers: [register],
  });
  for (let index = 0; index < SERIES; index += 1) {
    const labels = { method: 'GET', route: `/api/things/${index}`, status: String(200 + (index % 5)) };
    own.increment(labels, index + 0.5);
    prom.inc(labels, index + 0.5);
  }
  const [ownText, promText] = [renderPrometheus(registry, 'text'), await register.metrics()];
  const rounds = await alternate(
    [
      {
        name: 'own',
        run: (count) => {
          let length = 0;
          // Flattened as the socket wants it: a string that is only promised would cost nothing.
          for (let index = 0; index < count; index += 1) {
            length += Buffer.from(renderPrometheus(registry, 'text')).length;
          }
          return Promise.resolve(length);
        },
      },
      {
        name: 'prom-client',
        run: async (count) => {
          let length = 0;
          for (let index = 0; index < count; index += 1)
            length += Buffer.from(await register.metrics()).length;
          return length;
        },
      },
    ],
    { ...scale, sampleMs: scale.sampleMs * 2 },
  );
  return [
    {
      id: 'exposition-5000-series',
      ratio: rounds.ratio('own', 'prom-client'),
      against: 'prom-client Registry.metrics with the same series',
      goal: 4,
      want: 'at least',
      figures: {
        ownMs: Number((1_000 / rounds.perSecond('own')).toFixed(2)),
        promClientMs: Number((1_000 / rounds.perSecond('prom-client')).toFixed(2)),
        sameLines: sorted(ownText) === sorted(promText) ? 'yes' : 'no',
      },
    },
  ];
}

function sorted(text: string): string {
  return text.split('\n').filter(Boolean).sort().join('\n');
}
