import type { Operator, OwnSource } from '../model/condition.js';
import type { AlertRule, Severity } from '../model/rule.js';

/** A rule every installation has. */
export type BuiltInRule = Pick<
  AlertRule,
  'name' | 'condition' | 'severity' | 'forMs' | 'keepFiringMs' | 'missingData' | 'labels' | 'summary'
>;

const MINUTE_MS = 60_000;

interface Level {
  readonly operator: Operator;
  readonly threshold: number;
  /** Well only past this one: a value around the threshold must not come and go. */
  readonly clearThreshold: number;
}

interface Watch {
  /** What it is about: an alert with the label `inhibits` can mute it. */
  readonly component: 'cache' | 'database' | 'application' | 'gateway';
  readonly signal: string;
  readonly labels?: OwnSource['labels'];
  readonly level: Level;
  readonly severity: Severity;
  readonly forMs: number;
  readonly summary: string;
}

/**
 * The means of a minute of what each instance says of itself. Ratios come drawn towards the good while there are few
 * cases, and without any there is no value, which counts as well: 0 hits of 0 reads are no breach.
 */
function rule(name: string, watch: Watch): BuiltInRule {
  const { component, signal, labels = {}, level, severity, forMs, summary } = watch;
  const source = { from: 'own', signal, labels } as const;
  return {
    name,
    condition: { kind: 'threshold', source, aggregation: 'mean', windowMs: MINUTE_MS, ...level },
    severity,
    forMs,
    keepFiringMs: MINUTE_MS,
    missingData: 'ok',
    labels: { component },
    summary,
  };
}

/** In code, and stored at the start where they are missing: what people change of them stays. */
export const BUILT_IN_RULES: readonly BuiltInRule[] = [
  rule('cache-hit-rate-low', {
    component: 'cache',
    signal: 'cache.hit-ratio',
    level: { operator: '<', threshold: 0.5, clearThreshold: 0.6 },
    severity: 'warning',
    // A start with an empty cache is no alarm.
    forMs: 5 * MINUTE_MS,
    summary: 'The cache answers less than half of the reads',
  }),
  rule('query-p95-high', {
    component: 'database',
    signal: 'database.query-p95',
    level: { operator: '>', threshold: 2_000, clearThreshold: 1_500 },
    severity: 'warning',
    forMs: 2 * MINUTE_MS,
    summary: 'One of twenty statements takes longer than two seconds',
  }),
  rule('pool-utilisation-high', {
    component: 'database',
    signal: 'database.pool-utilisation',
    level: { operator: '>', threshold: 0.8, clearThreshold: 0.7 },
    severity: 'critical',
    forMs: MINUTE_MS,
    summary: 'More than four fifths of the connections of the pool are in use',
  }),
  rule('connections-high', {
    component: 'database',
    signal: 'pool_connections',
    labels: { state: 'active' },
    level: { operator: '>', threshold: 18, clearThreshold: 15 },
    severity: 'warning',
    forMs: MINUTE_MS,
    summary: 'More than 18 connections to the database are in use',
  }),
  rule('cache-evictions-high', {
    component: 'cache',
    signal: 'cache.eviction-ratio',
    level: { operator: '>', threshold: 0.1, clearThreshold: 0.05 },
    severity: 'warning',
    forMs: 5 * MINUTE_MS,
    summary: 'More than a tenth of the reads push something out of the cache',
  }),
  rule('event-loop-lag-high', {
    component: 'application',
    signal: 'application.event-loop-lag',
    level: { operator: '>', threshold: 100, clearThreshold: 60 },
    severity: 'warning',
    forMs: MINUTE_MS,
    summary: 'Work waits more than a tenth of a second for the event loop',
  }),
  rule('memory-high', {
    component: 'application',
    signal: 'application.heap',
    level: { operator: '>', threshold: 0.85, clearThreshold: 0.8 },
    severity: 'critical',
    forMs: 2 * MINUTE_MS,
    summary: 'More than 85 % of the memory that Node may take is in use',
  }),
  rule('gateway-refusing', {
    component: 'gateway',
    signal: 'gateway.refused-connects',
    level: { operator: '>', threshold: 0.2, clearThreshold: 0.1 },
    severity: 'warning',
    // Clients of an instance that died come back in one moment, and may do so in vain for a while.
    forMs: 2 * MINUTE_MS,
    summary: 'More than a fifth of the WebSockets are refused for want of room',
  }),
];

/** The page of docs/runbooks for a built-in rule. */
export function runbookPageOf(name: string): string | undefined {
  return BUILT_IN_RULES.some((builtIn) => builtIn.name === name) ? name : undefined;
}
