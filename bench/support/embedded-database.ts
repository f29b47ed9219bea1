import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DatabaseConfig, Secret } from '../../src/config/index.js';
import { SystemClock } from '../../src/kernel/clock.js';
import { EmbeddedPostgres } from '../../src/platform/database/embedded/embedded-postgres.js';
import { createSequelize, Database, migrate } from '../../src/platform/database/index.js';

/** A database in an embedded server of the bench's own, with the settings users get. */
export interface BenchDatabase {
  readonly db: Database;
  readonly url: string;
  /** Another pool on the same database, as a second instance has. */
  openAnother(): Database;
  close(): Promise<void>;
}

/** Statements of a bench may take minutes. */
const STATEMENT_TIMEOUT_MS = 30 * 60_000;

/** Starts the server in a temporary directory and migrates its database. */
export async function openBenchDatabase(): Promise<BenchDatabase> {
  const clock = new SystemClock();
  const dataDir = await mkdtemp(join(tmpdir(), 'plimsoll-bench-'));
  await chmod(dataDir, 0o711);
  const postgres = new EmbeddedPostgres({ dataDir, clock, onEvent: () => undefined });
  const { url } = await postgres.start();
  const config: DatabaseConfig = {
    url: new Secret(url),
    dataDir,
    poolMin: 1,
    poolMax: 20,
    poolIdleMs: 60_000,
    poolAcquireMs: 30_000,
    connectionMaxAgeMs: 24 * 3_600_000,
    statementTimeoutMs: STATEMENT_TIMEOUT_MS,
    connectDeadlineMs: 30_000,
    patienceMs: 5_000,
  };
  const opened: Database[] = [];
  const open = (): Database => {
    const database = new Database(createSequelize(url, config, clock));
    opened.push(database);
    return database;
  };
  const db = open();
  await migrate(db, clock);
  return {
    db,
    url,
    openAnother: open,
    close: async () => {
      await Promise.all(opened.map((database) => database.close()));
      await postgres.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
