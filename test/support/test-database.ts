import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { type DatabaseConfig, Secret } from '../../src/config/index.js';
import { SystemClock } from '../../src/kernel/clock.js';
import { createSequelize, Database, migrate, MIGRATIONS_DIR } from '../../src/platform/database/index.js';
import { type Lie, mislead } from './misleading-statistics.js';
import { adminDatabaseUrl } from './test-servers.js';

const clock = new SystemClock();
const SETUP_MS = 120_000;

/** An arbitrary number that means "making the template" among the advisory locks of the test server. */
const TEMPLATE_LOCK = 7_246_900;

/** How a test file wants its database. */
export interface TestDatabaseOptions {
  /** False gives an empty one: for tests of the migrations themselves. */
  readonly isMigrated?: boolean;
  /** True when a server process works on it too, with jobs of its own: then it is never quiet for sure. */
  readonly isServed?: boolean;
  /** What the planner is made to believe of all tables. Needs PostgreSQL 18: see `describeMisled`. */
  readonly misled?: Lie;
  /** Put over the settings tests use. */
  readonly config?: Partial<DatabaseConfig>;
}

/** A database of one test file; usable from its first `beforeAll` on. */
export interface TestDatabase {
  readonly db: Database;
  readonly url: string;
  readonly config: DatabaseConfig;
}

/**
 * Gives the test file a database of its own: cloned from a template that is migrated once per state of
 * db/migrations (35 ms instead of all migrations), dropped at the end. After each test it must be quiet: an
 * open transaction or an advisory lock left behind fails that test.
 */
export function useTestDatabase(options: TestDatabaseOptions = {}): TestDatabase {
  let opened: TestDatabase | undefined;
  const use = (): TestDatabase => {
    if (!opened)
      throw new Error('The test database exists from beforeAll on: use it inside a test or a hook.');
    return opened;
  };
  beforeAll(async () => {
    opened = openDatabase(await createTestDatabase(options), options);
    if (options.misled) await mislead(opened.db, options.misled);
  }, SETUP_MS);
  afterEach(async () => {
    if (opened && !options.isServed) await assertQuiet(opened.url);
  });
  afterAll(async () => {
    await opened?.db.close();
    if (opened) await dropDatabase(opened.url);
  });
  return {
    get db() {
      return use().db;
    },
    get url() {
      return use().url;
    },
    get config() {
      return use().config;
    },
  };
}

/** A new database, for tests that need several; drop it by `dropDatabase`. Returns its connection string. */
export async function createTestDatabase({ isMigrated = true }: TestDatabaseOptions = {}): Promise<string> {
  const name = `plimsoll_test_${randomBytes(6).toString('hex')}`;
  await withAdmin(async (admin) => {
    const template = isMigrated ? await ensureTemplate(admin) : 'template1';
    await admin.query(`CREATE DATABASE ${name} TEMPLATE ${template}`);
  });
  return urlOf(name);
}

/** Drops the database of a connection string; connections to it are ended. */
export function dropDatabase(url: string): Promise<unknown> {
  const name = new URL(url).pathname.slice(1);
  return withAdmin((admin) =>
    admin.query(`DROP DATABASE IF EXISTS ${pg.escapeIdentifier(name)} WITH (FORCE)`),
  );
}

/** A pool on the database of a connection string; close it. */
export function openDatabase(url: string, { config: overrides }: TestDatabaseOptions = {}): TestDatabase {
  const config: DatabaseConfig = {
    url: new Secret(url),
    dataDir: '/nonexistent',
    poolMin: 0,
    poolMax: 10,
    poolIdleMs: 10_000,
    poolAcquireMs: 10_000,
    connectionMaxAgeMs: 1_800_000,
    statementTimeoutMs: 20_000,
    connectDeadlineMs: 10_000,
    patienceMs: 5_000,
    ...overrides,
  };
  return { url, config, db: new Database(createSequelize(url, config, clock)) };
}

/** The migrated template's name. It is renamed into place, so what has the name is whole. */
async function ensureTemplate(admin: pg.Client): Promise<string> {
  const name = `plimsoll_template_${hashMigrations()}`;
  // Held by the session: freed when it ends, whatever happens. The workers of a run come here at once.
  await admin.query('SELECT pg_advisory_lock($1)', [TEMPLATE_LOCK]);
  const { rows } = await admin.query('SELECT 1 FROM pg_database WHERE datname = $1', [name]);
  if (rows.length === 0) await makeTemplate(admin, name);
  await admin.query('SELECT pg_advisory_unlock($1)', [TEMPLATE_LOCK]);
  return name;
}

async function makeTemplate(admin: pg.Client, name: string): Promise<void> {
  const draft = `${name}_draft`;
  await admin.query(`DROP DATABASE IF EXISTS ${draft} WITH (FORCE)`);
  await admin.query(`CREATE DATABASE ${draft}`);
  const { db } = openDatabase(urlOf(draft));
  try {
    await migrate(db, clock);
  } finally {
    await db.close();
  }
  await admin.query(`ALTER DATABASE ${draft} RENAME TO ${name}`);
}

function hashMigrations(): string {
  const hash = createHash('sha256');
  for (const name of readdirSync(MIGRATIONS_DIR).sort()) {
    hash.update(name).update(readFileSync(join(MIGRATIONS_DIR, name)));
  }
  return hash.digest('hex').slice(0, 16);
}

async function assertQuiet(url: string): Promise<void> {
  const { rows } = await withAdmin((admin) =>
    admin.query<{ state: string; query: string; locks: string }>(
      `SELECT state, left(query, 200) AS query,
         (SELECT count(*) FROM pg_locks l WHERE l.pid = a.pid AND l.locktype = 'advisory') AS locks
       FROM pg_stat_activity a
       WHERE datname = $1 AND (state LIKE 'idle in transaction%' OR EXISTS (
         SELECT FROM pg_locks l WHERE l.pid = a.pid AND l.locktype = 'advisory'))`,
      [new URL(url).pathname.slice(1)],
    ),
  );
  if (rows.length > 0)
    throw new Error(`The test left something open on its database: ${JSON.stringify(rows)}`);
}

async function withAdmin<T>(work: (admin: pg.Client) => Promise<T>): Promise<T> {
  const admin = new pg.Client(adminDatabaseUrl());
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.end();
  }
}

function urlOf(database: string): string {
  const url = new URL(adminDatabaseUrl());
  url.pathname = `/${database}`;
  return url.href;
}
