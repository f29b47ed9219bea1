import { type DatabaseConfig, Secret } from '../../src/config/index.js';
import { SystemClock } from '../../src/kernel/clock.js';
import { createSequelize, Database } from '../../src/platform/database/index.js';
import { openWatchedPool, type WatchedPool } from '../../test/support/pool.js';

const SIZE = 20;

const SETTINGS: Partial<DatabaseConfig> = { poolMin: SIZE, poolMax: SIZE, poolAcquireMs: 30_000 };

/** The pool with its watch, in the size users get. */
export function openWatched(url: string, database: Partial<DatabaseConfig> = {}): WatchedPool {
  return openWatchedPool(url, { database: { ...SETTINGS, ...database } });
}

/** The same pool that nobody watches. */
export interface BarePool {
  readonly sequelize: ReturnType<typeof createSequelize>;
  readonly db: Database;
}

/** Sequelize's pool as it is. */
export function openBare(url: string): BarePool {
  const config: DatabaseConfig = {
    url: new Secret(url),
    dataDir: '/nonexistent',
    poolMin: SIZE,
    poolMax: SIZE,
    poolIdleMs: 10_000,
    poolAcquireMs: 30_000,
    connectionMaxAgeMs: 1_800_000,
    statementTimeoutMs: 20_000,
    connectDeadlineMs: 10_000,
    patienceMs: 0,
  };
  const clock = new SystemClock();
  const sequelize = createSequelize(url, config, clock);
  return { sequelize, db: new Database(sequelize, { clock, patienceMs: 0 }) };
}
