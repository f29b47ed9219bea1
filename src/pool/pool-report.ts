import type { PoolHolder } from '../platform/database/index.js';
import type { HealthReport } from './monitoring/pool-health.js';
import type { Spread } from './monitoring/pool-statistics.js';
import type { ReplicaReport } from './replicas/replica-set.js';

/** How full the pool is at this moment. */
export interface PoolUsage {
  /** In somebody's hands. */
  readonly active: number;
  /** Open, and free. */
  readonly idle: number;
  /** Being opened, or being closed. */
  readonly pending: number;
  /** Callers that wait for one. */
  readonly waiting: number;
  readonly max: number;
  readonly min: number;
  /** active / max. */
  readonly utilisation: number;
}

/** The pool of this instance. */
export interface PoolReport extends PoolUsage {
  readonly acquireMs: Spread;
  readonly usageMs: Spread;
  readonly creationMs: Spread;
  /** Waits that ended without a connection. */
  readonly timeouts: number;
  readonly connectionsLost: number;
  /** Dead connections that were destroyed instead of given to somebody. */
  readonly connectionsRemoved: number;
  readonly creationFailures: number;
  readonly openLeaks: number;
  readonly longRunning: number;
  readonly health: HealthReport;
  /** Longest first. */
  readonly holders: readonly PoolHolder[];
  readonly replicas: readonly ReplicaReport[];
}
