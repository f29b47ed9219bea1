import { type DatabaseConfig, type PoolConfig, Secret } from '../../src/config/index.js';
import { SystemClock } from '../../src/kernel/clock.js';
import { RandomIds } from '../../src/kernel/ids.js';
import { createSequelize, Database, openMonitorDatabase } from '../../src/platform/database/index.js';
import { MetricRegistry } from '../../src/platform/telemetry/index.js';
import type { SequelizeInstance } from '../../src/pool/connections/driver.js';
import { createPool } from '../../src/pool/create-pool.js';
import type { PoolService } from '../../src/pool/index.js';
import { CollectingLogger } from './collecting-logger.js';

/** A pool with its watch, as an application has it. */
export interface WatchedPool {
  readonly sequelize: ReturnType<typeof createSequelize>;
  readonly db: Database;
  readonly pool: PoolService;
  readonly logger: CollectingLogger;
  readonly registry: MetricRegistry;
  close(): Promise<void>;
}

const POOL: PoolConfig = {
  healthCheckMs: 30_000,
  leakAfterMs: 30_000,
  // Test workers have large heaps.
  leakProofMaxHeapBytes: Infinity,
  longRunningMs: 5_000,
  terminateAfterMs: 0,
  sparedApplications: [],
  replicaUrls: [],
  replicaCheckMs: 2_000,
  replicaMaxLagMs: 5_000,
  replicaMaxLagBytes: 16_777_216,
};

const DATABASE: DatabaseConfig = {
  dataDir: '/nonexistent',
  poolMin: 0,
  poolMax: 5,
  poolIdleMs: 10_000,
  poolAcquireMs: 10_000,
  connectionMaxAgeMs: 1_800_000,
  statementTimeoutMs: 20_000,
  connectDeadlineMs: 10_000,
  patienceMs: 5_000,
};

const SEEK_EVERY_MS = 100;

/** Opens a watched pool on the database of a connection string; close it. */
export function openWatchedPool(
  url: string,
  overrides: { readonly pool?: Partial<PoolConfig>; readonly database?: Partial<DatabaseConfig> } = {},
): WatchedPool {
  const databaseConfig = { ...DATABASE, url: new Secret(url), ...overrides.database };
  const [clock, ids, logger] = [new SystemClock(), new RandomIds(), new CollectingLogger()];
  const registry = new MetricRegistry();
  const sequelize = createSequelize(url, databaseConfig, clock, { ids });
  const { patienceMs } = databaseConfig;
  const db = new Database(sequelize, { clock, ids, patienceMs });
  const monitor = openMonitorDatabase(url, databaseConfig, { clock, ids });
  const pool = createPool({
    sequelize: sequelize as unknown as SequelizeInstance,
    database: db,
    monitor,
    config: { ...POOL, ...overrides.pool },
    databaseConfig,
    ...{ clock, ids, logger, registry },
  });
  const close = async (): Promise<void> => {
    await Promise.all([db.close(), monitor.close(), pool.close()]);
  };
  return { sequelize, db, pool, logger, registry, close };
}

/** What BackgroundJobs do in an application, until `isOver`: looks for leaks. */
export async function seekUntil(pool: PoolService, isOver: () => boolean, withinMs = 10_000): Promise<void> {
  const clock = new SystemClock();
  const giveUpAt = clock.monotonic() + withinMs;
  while (!isOver() && clock.monotonic() < giveUpAt) {
    await pool.seekLeaks();
    await clock.sleep(SEEK_EVERY_MS);
  }
}
