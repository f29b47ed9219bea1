import type { Leak, PoolService } from '../../pool/index.js';
import { type HealthIndicator, shareReading } from '../../platform/health/index.js';
import type { MetricRegistry } from '../../platform/telemetry/index.js';
import type { Reachability } from './reachability.js';
import { RecentDistribution } from './recent-distribution.js';

const MS_PER_SECOND = 1_000;
const SLOW_MS = 1_000;
/** Fewer statements say nothing of how long one takes. */
const LEAST_STATEMENTS = 20;

/** Where the indicators look. */
export interface DatabaseSources {
  readonly pool: PoolService;
  readonly registry: MetricRegistry;
  readonly reachability: Reachability;
}

/** What the pool and its statements say of the last five minutes. `step` is to be called every ten seconds. */
export function databaseIndicators(sources: DatabaseSources): {
  readonly indicators: HealthIndicator[];
  readonly step: () => void;
} {
  const durations = new RecentDistribution(
    () =>
      sources.registry
        .distributions()
        .find(({ name }) => name === 'query_duration_seconds')
        ?.samples()[0]?.value,
  );
  return {
    indicators: [...poolIndicators(sources), ...queryIndicators(durations)],
    step: () => durations.step(),
  };
}

function poolIndicators({ pool, reachability }: DatabaseSources): HealthIndicator[] {
  const common = { component: 'database', runbook: 'docs/runbooks/pool-exhausted.md' } as const;
  return [
    {
      ...common,
      name: 'unreachable',
      title: 'Whether the server does not answer (1)',
      unit: 'count',
      knots: { good: 0, bad: 1, weight: 0, scale: 'linear', isVital: true },
      advice: 'Bring the server back, or the way to it; the log of this instance says what failed.',
      runbook: 'docs/runbooks/database-unavailable.md',
      read: () => reachability.reading(),
    },
    {
      ...common,
      name: 'pool-utilisation',
      title: 'The share of the connections of the pool that are in use',
      unit: 'ratio',
      knots: { good: 0.6, bad: 0.95, weight: 30, scale: 'linear' },
      limit: 1,
      advice:
        'See who holds them in GET /metrics/pool; raise DATABASE_POOL_MAX only when the server has room.',
      read: () => ({ kind: 'value', value: pool.usage().utilisation }),
    },
    {
      ...common,
      name: 'leaks',
      title: 'The number of connections that did not come back',
      unit: 'count',
      knots: { good: 0, bad: 3, weight: 20, scale: 'linear' },
      advice: 'GET /metrics/pool/leaks names the line that took each of them.',
      read: () => ({ kind: 'value', value: pool.leaks().filter(isLeaking).length }),
    },
  ];
}

function queryIndicators(durations: RecentDistribution): HealthIndicator[] {
  const common = { component: 'database', runbook: 'docs/runbooks/slow-query.md' } as const;
  return [
    {
      ...common,
      name: 'query-p95',
      title: 'The time of a statement (p95)',
      unit: 'ms',
      knots: { good: 200, bad: 4_000, weight: 30, scale: 'log' },
      advice: 'GET /metrics/slow-queries names them, GET /metrics/index-suggestions what may help.',
      read: () => {
        const p95 = durations.quantile(0.95);
        if (p95 === null || durations.count() < LEAST_STATEMENTS) return { kind: 'insufficient' };
        return { kind: 'value', value: p95 * MS_PER_SECOND };
      },
    },
    {
      ...common,
      name: 'slow-share',
      title: 'The share of statements that took longer than a second',
      unit: 'ratio',
      knots: { good: 0, bad: 0.05, weight: 20, scale: 'linear' },
      advice: 'GET /metrics/slow-queries names them.',
      read: () => shareReading(durations.count(SLOW_MS / MS_PER_SECOND), durations.count(), 0),
    },
  ];
}

function isLeaking({ verdict, outcome }: Leak): boolean {
  return outcome === 'held' && (verdict === 'proven' || verdict === 'suspected');
}
