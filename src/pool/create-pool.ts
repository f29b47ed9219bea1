import type { DatabaseConfig, PoolConfig } from '../config/index.js';
import type { Clock } from '../kernel/clock.js';
import type { Ids } from '../kernel/ids.js';
import { createSequelize, Database, type MonitorDatabase } from '../platform/database/index.js';
import type { Logger } from '../platform/logging/index.js';
import { collectGarbage } from '../platform/runtime/index.js';
import type { MetricRegistry } from '../platform/telemetry/index.js';
import type { SequelizeInstance } from './connections/driver.js';
import { PooledConnections } from './connections/pooled-connections.js';
import { StatementNotes } from './connections/statement-notes.js';
import { Holders } from './holders.js';
import { LeakDetector } from './leaks/leak-detector.js';
import { LeakLog } from './leaks/leak-log.js';
import { ProofSearch } from './leaks/proof-search.js';
import { PoolHealth } from './monitoring/pool-health.js';
import { registerPoolGauges } from './monitoring/pool-metrics.js';
import { PoolStatistics } from './monitoring/pool-statistics.js';
import { PoolService } from './pool.service.js';
import { type ReplicaParts, ReplicaSet } from './replicas/replica-set.js';
import { ReplicaRepository } from './replicas/replica.repository.js';
import { ActivityRepository } from './server/activity.repository.js';
import { LongRunning } from './server/long-running.js';

const REPLICA_APPLICATION = 'plimsoll-reads';

/** What the watch over a pool is made of. */
export interface PoolParts {
  readonly sequelize: SequelizeInstance;
  readonly database: Database;
  readonly monitor: MonitorDatabase;
  readonly config: PoolConfig;
  readonly databaseConfig: DatabaseConfig;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
  readonly registry: MetricRegistry;
}

/** Puts the watch over one pool together and wraps the pool; replicas are opened, and asked by `replicas.check`. */
export function createPool(parts: PoolParts): PoolService {
  const { sequelize, database, monitor, config, clock, logger, registry } = parts;
  const statistics = new PoolStatistics(registry);
  const leakLog = new LeakLog(registry, clock, logger);
  const activity = new ActivityRepository(monitor);
  const connections: PooledConnections = new PooledConnections(
    sequelize.connectionManager,
    clock,
    statistics,
    {
      returned: (slot) => leakLog.end(slot, 'returned'),
      lost: (slot) => leakLog.end(slot, 'lost'),
      abandoned: (tenure) => {
        leaks.prove(tenure).catch((error: unknown) => {
          logger.error('A leaked connection could not be taken back', { err: error });
        });
      },
      refused: (waitedMs, cause) => holders.exhausted(waitedMs, cause),
    },
  );
  const holders = new Holders(connections, activity, { clock, logger });
  const { leakAfterMs } = config;
  // A pool that callers wait for is worth any pause.
  const isAffordable = (): boolean =>
    (connections.pool?.waiting ?? 0) > 0 || process.memoryUsage().heapUsed <= config.leakProofMaxHeapBytes;
  const search = new ProofSearch({ clock, collect: collectGarbage, isAffordable });
  const leaks = new LeakDetector({ connections, activity, log: leakLog, clock, leakAfterMs, search });
  const health = new PoolHealth({ connections, monitor, clock, logger });
  const longRunning = new LongRunning(registry, { activity, connections, clock, logger, ...config });
  const replicas = openReplicas(parts);
  connections.wrap();
  database.watch(new StatementNotes(connections));
  database.routeReads(replicas);
  const service = new PoolService({
    ...{ connections, statistics, holders, leaks, leakLog, health, longRunning, replicas },
  });
  registerPoolGauges(registry, {
    usage: () => service.usage(),
    openLeaks: () => leakLog.openCount,
    longRunning: () => longRunning.count,
    isServerUp: () => health.report.isServerUp,
    replicas: () => replicas.report(),
  });
  return service;
}

function openReplicas({ monitor, config, databaseConfig, clock, ids, logger }: PoolParts): ReplicaSet {
  const replicas = config.replicaUrls.map((secret): ReplicaParts => {
    const url = secret.reveal();
    const options = { applicationName: REPLICA_APPLICATION, ids };
    const sequelize = createSequelize(url, databaseConfig, clock, options);
    const manager = (sequelize as unknown as SequelizeInstance).connectionManager;
    // The primary is asked instead of waiting for a replica that is away.
    return { name: nameOf(url), database: new Database(sequelize, { clock, ids, patienceMs: 0 }), manager };
  });
  const { replicaMaxLagMs: maxLagMs, replicaMaxLagBytes: maxLagBytes } = config;
  const primary = new ReplicaRepository(monitor);
  return new ReplicaSet({ replicas, primary, clock, logger, maxLagMs, maxLagBytes });
}

/** Without user, password and parameters. */
function nameOf(url: string): string {
  const { hostname, port, pathname } = new URL(url);
  return `${hostname}:${port || '5432'}${pathname}`;
}
