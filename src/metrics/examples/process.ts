import type { JobStatus } from '../../platform/scheduling/index.js';
import type { MetricsSnapshot } from '../../platform/telemetry/index.js';
import type { Json } from '../../platform/http/index.js';

/** What GET /metrics and /metrics/ping answer. */
export const PROCESS_EXAMPLES = {
  metrics: {
    query: { format: 'json' },
    answer: {
      time: '2026-05-04T09:30:00.000Z',
      jobs: [
        {
          name: 'batch-health',
          everyMs: 10000,
          isRunning: false,
          runs: 7,
          failures: 0,
          skipped: 0,
          lastStartedAt: '2026-05-04T09:30:00.000Z',
          lastDurationMs: 2.534,
          lastError: null,
          isLeader: true,
        },
      ],
      counters: [
        {
          name: 'query_slow_total',
          help: 'Statements that took QUERY_SLOW_MS or longer.',
          series: [{ labels: {}, value: 445 }],
        },
      ],
      gauges: [
        {
          name: 'process_heap_used_bytes',
          help: 'JavaScript heap in use, in bytes.',
          series: [{ labels: {}, value: 69540096 }],
        },
      ],
      histograms: [
        {
          name: 'http_request_duration_seconds',
          help: 'Time from the arrival of a request to the end of its answer, in seconds.',
          series: [
            {
              labels: { method: 'GET', route: '/livez', status: '200' },
              count: 1,
              sum: 0.09342,
              min: 0.09342,
              max: 0.09342,
              p50: 0.09342,
              p95: 0.09342,
              p99: 0.09342,
            },
          ],
        },
      ],
    } satisfies Json<MetricsSnapshot & { readonly time: Date; readonly jobs: readonly JobStatus[] }>,
    texts: {
      'text/plain; version=0.0.4':
        '# HELP process_heap_used_bytes JavaScript heap in use, in bytes.\n# TYPE process_heap_used_bytes gauge\nprocess_heap_used_bytes 62961810\n',
      'application/openmetrics-text; version=1.0.0':
        '# HELP process_heap_used_bytes JavaScript heap in use, in bytes.\n# TYPE process_heap_used_bytes gauge\n# UNIT process_heap_used_bytes bytes\nprocess_heap_used_bytes 62961810\n# EOF\n',
    },
  },
  ping: {
    answer: { status: 'ok', time: '2026-05-04T09:30:00.000Z' } satisfies Json<{
      readonly status: 'ok';
      readonly time: Date;
    }>,
  },
};
