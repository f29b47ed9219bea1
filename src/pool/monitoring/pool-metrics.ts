import type { MetricRegistry, NumberSample } from '../../platform/telemetry/index.js';
import type { PoolUsage } from '../pool-report.js';
import type { ReplicaReport, ReplicaState } from '../replicas/replica-set.js';

const MS_PER_SECOND = 1_000;
const STATES: readonly ReplicaState[] = ['healthy', 'lagging', 'unreachable', 'refused', 'unchecked'];

/** What is read when Prometheus asks. */
export interface GaugeSources {
  readonly usage: () => PoolUsage;
  readonly openLeaks: () => number;
  readonly longRunning: () => number;
  readonly isServerUp: () => boolean;
  readonly replicas: () => readonly ReplicaReport[];
}

/** Gauges of the pool; its histograms and counters stand where they are counted. */
export function registerPoolGauges(registry: MetricRegistry, sources: GaugeSources): void {
  registerSizes(registry, sources.usage);
  registry.observedGauge(
    'pool_leaks_open',
    { help: 'Connections that were reported and are still held.' },
    sources.openLeaks,
  );
  registry.observedGauge(
    'pool_statements_long_running',
    { help: 'Statements that ran for long at the last look.' },
    sources.longRunning,
  );
  registry.observedGauge('pool_server_up', { help: '1 when the server answered the last check.' }, () =>
    Number(sources.isServerUp()),
  );
  registerReplicas(registry, sources.replicas);
}

function registerSizes(registry: MetricRegistry, usage: () => PoolUsage): void {
  registry.observedGauge('pool_connections', { help: 'Connections of the pool by what they do.' }, () =>
    connectionSamples(usage()),
  );
  registry.observedGauge(
    'pool_waiting',
    { help: 'Callers that wait for a connection.' },
    () => usage().waiting,
  );
  registry.observedGauge(
    'pool_max_connections',
    { help: 'Connections the pool may open.' },
    () => usage().max,
  );
  registry.observedGauge(
    'pool_min_connections',
    { help: 'Connections the pool keeps while they are idle.' },
    () => usage().min,
  );
  registry.observedGauge(
    'pool_utilisation_ratio',
    { help: 'Share of the possible connections that is in use, from 0 to 1.' },
    () => usage().utilisation,
  );
}

function registerReplicas(registry: MetricRegistry, replicas: () => readonly ReplicaReport[]): void {
  registry.observedGauge(
    'pool_replica_lag_seconds',
    { help: 'Bound for how far each replica is behind, in seconds.' },
    () =>
      replicas().flatMap(({ name, lagMs }) =>
        lagMs === null ? [] : [{ labels: { replica: name }, value: lagMs / MS_PER_SECOND }],
      ),
  );
  registry.observedGauge('pool_replicas', { help: 'Replicas by state.' }, () => {
    const all = replicas();
    return STATES.map((state) => ({
      labels: { state },
      value: all.filter((replica) => replica.state === state).length,
    }));
  });
}

function connectionSamples({ active, idle, pending }: PoolUsage): NumberSample[] {
  return Object.entries({ active, idle, pending }).map(([state, value]) => ({ labels: { state }, value }));
}
