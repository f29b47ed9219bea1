import type { HealthIndicator, Reading } from '../../platform/health/index.js';
import type { BackgroundJobs } from '../../platform/scheduling/index.js';
import type { ProcessVitals } from '../../platform/telemetry/index.js';

const RUNBOOK = 'docs/runbooks/application-slow.md';

/** What this process says of itself. */
export function applicationIndicators(vitals: ProcessVitals, jobs: BackgroundJobs): HealthIndicator[] {
  const common = { component: 'application', runbook: RUNBOOK } as const;
  return [
    {
      ...common,
      name: 'heap',
      title: 'The use of the JavaScript heap',
      unit: 'ratio',
      knots: { good: 0.7, bad: 0.95, weight: 30, scale: 'linear' },
      limit: 1,
      advice: 'Lower CACHE_MAX_BYTES or BATCH_WORKERS, or give Node more by --max-old-space-size.',
      read: () => {
        const { usedBytes, limitBytes } = vitals.heap();
        return { kind: 'value', value: usedBytes / limitBytes };
      },
    },
    {
      ...common,
      name: 'event-loop-lag',
      title: 'The time work waits for the event loop (p99 of the last minute)',
      unit: 'ms',
      knots: { good: 20, bad: 200, weight: 30, scale: 'log' },
      advice: 'Look for long synchronous work with a CPU profile, or run more instances.',
      read: () => lagReading(vitals),
    },
    {
      ...common,
      name: 'event-loop-utilization',
      title: 'The share of the last minute in which the event loop was busy',
      unit: 'ratio',
      knots: { good: 0.6, bad: 0.95, weight: 20, scale: 'linear' },
      limit: 1,
      advice: 'Run more instances: this one has no time left for peaks.',
      read: () => ({ kind: 'value', value: vitals.utilization() }),
    },
    {
      ...common,
      name: 'failing-jobs',
      title: 'The number of background jobs whose latest run failed',
      unit: 'count',
      knots: { good: 0, bad: 3, weight: 20, scale: 'linear' },
      advice: 'See `lastError` of the jobs in GET /metrics.',
      read: () => ({
        kind: 'value',
        value: jobs.statuses().filter(({ lastError }) => lastError !== null).length,
      }),
    },
  ];
}

function lagReading(vitals: ProcessVitals): Reading {
  const lag = vitals.servingLag();
  return lag === undefined ? { kind: 'insufficient' } : { kind: 'value', value: lag.p99Ms };
}
