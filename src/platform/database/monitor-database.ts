import type { DatabaseConfig } from '../../config/index.js';
import type { Clock } from '../../kernel/clock.js';
import type { Ids } from '../../kernel/ids.js';
import { sql } from '../../kernel/sql.js';
import { Database } from './database.js';
import { createSequelize } from './sequelize.js';

/** Shown by the server as the name of these connections. */
export const MONITOR_APPLICATION = 'plimsoll-monitor';

const MAX_CONNECTIONS = 2;
const ACQUIRE_MS = 2_000;
const STATEMENT_TIMEOUT_MS = 2_000;

/**
 * The same database beside the pool: for questions about the server, which must be answered when the pool is exhausted.
 * Short statements only, and never on behalf of a request.
 */
export class MonitorDatabase extends Database {
  /** The least the server can be asked: one round trip. @throws DatabaseUnavailableError DATABASE_UNAVAILABLE */
  async ping(timeoutMs: number): Promise<void> {
    await this.read(sql`SELECT 1 AS one`, { timeoutMs });
  }
}

/** Two connections at most, opened when they are needed; fails at once while the server is away. */
export function openMonitorDatabase(
  url: string,
  config: DatabaseConfig,
  { clock, ids }: { readonly clock: Clock; readonly ids: Ids },
): MonitorDatabase {
  const own: DatabaseConfig = {
    ...config,
    poolMin: 0,
    poolMax: MAX_CONNECTIONS,
    poolAcquireMs: ACQUIRE_MS,
    statementTimeoutMs: STATEMENT_TIMEOUT_MS,
  };
  const sequelize = createSequelize(url, own, clock, { applicationName: MONITOR_APPLICATION, ids });
  return new MonitorDatabase(sequelize, { clock, ids, patienceMs: 0 });
}
