import type { PooledConnections } from './connections/pooled-connections.js';
import type { Holders } from './holders.js';
import type { Leak } from './leaks/leak.js';
import type { LeakDetector } from './leaks/leak-detector.js';
import type { LeakLog } from './leaks/leak-log.js';
import type { HealthReport, PoolHealth } from './monitoring/pool-health.js';
import type { PoolStatistics } from './monitoring/pool-statistics.js';
import type { PoolReport, PoolUsage } from './pool-report.js';
import type { ReplicaSet } from './replicas/replica-set.js';
import type { LongRunning, LongRunningRow } from './server/long-running.js';

/** The parts behind the facade. */
export interface PoolMembers {
  readonly connections: PooledConnections;
  readonly statistics: PoolStatistics;
  readonly holders: Holders;
  readonly leaks: LeakDetector;
  readonly leakLog: LeakLog;
  readonly health: PoolHealth;
  readonly longRunning: LongRunning;
  readonly replicas: ReplicaSet;
}

/** The connection pool of this instance: how full it is, who holds what, and what does not come back. */
export class PoolService {
  constructor(private readonly members: PoolMembers) {}

  /** Sizes of this moment; costs nothing. */
  usage(): PoolUsage {
    const { pool } = this.members.connections;
    const { size = 0, available: idle = 0, using: active = 0, waiting = 0 } = pool ?? {};
    const { maxSize: max = 0, minSize: min = 0 } = pool ?? {};
    const pending = Math.max(0, size - idle - active);
    return { active, idle, pending, waiting, max, min, utilisation: max === 0 ? 0 : active / max };
  }

  /** Everything but leaks and statements; one question to the server, and whole without an answer. */
  async report(): Promise<PoolReport> {
    const { statistics, leakLog, longRunning, health, holders, replicas } = this.members;
    const { acquireMs, usageMs, creationMs, timeouts, creationFailures } = statistics;
    return {
      ...this.usage(),
      ...{ acquireMs, usageMs, creationMs, timeouts, creationFailures },
      connectionsLost: statistics.lost,
      connectionsRemoved: statistics.removed,
      openLeaks: leakLog.openCount,
      longRunning: longRunning.count,
      health: health.report,
      holders: await holders.describe(),
      replicas: replicas.report(),
    };
  }

  /** Newest first; the last 100 since the start. */
  leaks(): Leak[] {
    return this.members.leakLog.all();
  }

  /** Statements in this database that run for long, longest first; 100 at most. @throws DatabaseUnavailableError */
  longRunning(): Promise<LongRunningRow[]> {
    return this.members.longRunning.list();
  }

  /** What the last check found. */
  get health(): HealthReport {
    return this.members.health.report;
  }

  /** Asks the server and every idle connection. @throws when the server does not answer */
  checkHealth(): Promise<void> {
    return this.members.health.check();
  }

  /** Looks for connections that nobody can give back; may collect garbage. */
  seekLeaks(): Promise<void> {
    return this.members.leaks.seekProofs();
  }

  /** Looks at those who hold a connection for too long. @throws when the server cannot be asked */
  inspectHolders(): Promise<void> {
    return this.members.leaks.inspect();
  }

  /** Ends what has run for too long, if that is wanted. @throws DatabaseUnavailableError */
  endLongRunning(): Promise<void> {
    return this.members.longRunning.enforce();
  }

  /** Asks replicas how far they are behind. */
  checkReplicas(): Promise<void> {
    return this.members.replicas.check();
  }

  /** Closes what was opened beside the pool. */
  close(): Promise<void> {
    return this.members.replicas.close();
  }
}
