import type { LockService } from '../../locks/index.js';
import { type HealthIndicator, shareReading } from '../../platform/health/index.js';
import { RecentCounts } from './recent-counts.js';

const GOOD_FAILURE_RATIO = 0.01;
const GOOD_CONTENTION_RATIO = 0.1;
const FAILURES = ['timedOut', 'deadlocks', 'noQuorum', 'lost'] as const;

/** What the locks of this instance say of the last five minutes. `step` is to be called every ten seconds. */
export function lockIndicators(locks: LockService): {
  readonly indicators: HealthIndicator[];
  readonly step: () => void;
} {
  const counts = new RecentCounts(() => locks.report().counters);
  const common = { component: 'locks', runbook: 'docs/runbooks/lock-stuck.md' } as const;
  const failures = (): number => FAILURES.reduce((sum, name) => sum + counts.since(name), 0);
  const indicators: HealthIndicator[] = [
    {
      ...common,
      name: 'failures',
      title: 'The share of locks that were not got, or lost',
      unit: 'ratio',
      knots: { good: GOOD_FAILURE_RATIO, bad: 0.2, weight: 40, scale: 'linear' },
      advice:
        'See GET /metrics/locks/contention for what is waited for, and GET /metrics/locks for who holds it.',
      read: () => shareReading(failures(), failures() + counts.since('acquired'), GOOD_FAILURE_RATIO),
    },
    {
      ...common,
      name: 'contention',
      title: 'The share of locks that had to be waited for',
      unit: 'ratio',
      knots: { good: GOOD_CONTENTION_RATIO, bad: 0.8, weight: 30, scale: 'linear' },
      advice: 'Lock smaller resources, or hold them for a shorter time.',
      read: () => shareReading(counts.since('contended'), counts.since('acquired'), GOOD_CONTENTION_RATIO),
    },
    {
      ...common,
      name: 'hold-time',
      title: 'The largest share of its lease that a lock has used up',
      unit: 'ratio',
      knots: { good: 0.5, bad: 1, weight: 30, scale: 'linear' },
      advice:
        'The lease of a held lock is not being prolonged: look for a blocked event loop or a backend away.',
      read: () => ({ kind: 'value', value: Math.max(0, ...locks.report().held.map(usedShare)) }),
    },
  ];
  return { indicators, step: () => counts.step() };
}

function usedShare({ ttlMs, remainingMs }: { readonly ttlMs: number; readonly remainingMs: number }): number {
  return 1 - remainingMs / ttlMs;
}
