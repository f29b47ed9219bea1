import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { Umzug } from 'umzug';
import type { Clock } from '../../kernel/clock.js';
import { sql, trustedSql } from '../../kernel/sql.js';
import type { Database } from './database.js';
import { MigrationError } from './errors.js';
import type { Queryable } from './queryable.js';

/** Folder of the numbered migrations; the same path from src/ and from dist/. */
export const MIGRATIONS_DIR = fileURLToPath(new URL('../../../db/migrations/', import.meta.url));

/** An arbitrary number that means "migrating" among this project's advisory locks. */
const LOCK_KEY = 7_246_001;
const LOCK_POLL_MS = 50;
const LOCK_DEADLINE_MS = 120_000;

/** An index over billions of rows takes hours; this ends only a wait for a server that is frozen. */
const MIGRATION_TIMEOUT_MS = 12 * 3_600_000;

/** First line of a migration that cannot run in a transaction (CREATE INDEX CONCURRENTLY); one statement only. */
const NO_TRANSACTION = '-- no-transaction';

/** So that whoever ends long statements can tell, and spares it. */
export const MIGRATIONS_APPLICATION = 'plimsoll-migrations';

/** SQLSTATE. */
const INSUFFICIENT_PRIVILEGE = '42501';

interface Migration {
  readonly name: string;
  readonly text: string;
  readonly checksum: string;
}

/** How migrations are applied. */
export interface MigrateOptions {
  /** Default: this project's own. */
  readonly directory?: string;
  /** Ends the wait for another process that migrates; never a migration under way. */
  readonly interrupted?: AbortSignal;
}

/**
 * Applies what db/migrations holds and schema_migrations does not, in order. Several processes may call
 * this at once: one works, the others wait, and all return with the schema up to date.
 * @returns names applied by this call
 * @throws MigrationError DATABASE_MIGRATION_FAILED, also when an applied file was edited afterwards
 */
export async function migrate(
  database: Database,
  clock: Clock,
  { directory = MIGRATIONS_DIR, interrupted }: MigrateOptions = {},
): Promise<string[]> {
  const migrations = await readMigrations(directory);
  return database.session(async (session) => {
    await lock(session, clock, interrupted);
    try {
      // The bound of requests would end a long migration, and every start after it as well.
      await session.query(sql`SET statement_timeout = 0`);
      await session.query(sql`SELECT set_config('application_name', ${MIGRATIONS_APPLICATION}, false)`);
      return await applyPending(session, migrations);
    } finally {
      await session.query(sql`RESET statement_timeout`);
      await session.query(sql`RESET application_name`);
      await session.query(sql`SELECT pg_advisory_unlock(${LOCK_KEY})`);
    }
  });
}

/** Polls instead of waiting inside the server: a waiting statement would block CREATE INDEX CONCURRENTLY. */
async function lock(session: Queryable, clock: Clock, interrupted?: AbortSignal): Promise<void> {
  const startedAt = clock.monotonic();
  for (;;) {
    const [row] = await session.query<{ isMine: boolean }>(
      sql`SELECT pg_try_advisory_lock(${LOCK_KEY}) AS "isMine"`,
    );
    if (row?.isMine) return;
    if (clock.monotonic() - startedAt > LOCK_DEADLINE_MS) {
      throw new MigrationError(`another process has been migrating for more than ${LOCK_DEADLINE_MS} ms`);
    }
    interrupted?.throwIfAborted();
    await clock.sleep(LOCK_POLL_MS);
  }
}

async function applyPending(session: Queryable, migrations: readonly Migration[]): Promise<string[]> {
  await createRecord(session);
  await refuseEdited(session, migrations);
  const umzug = new Umzug({
    migrations: migrations.map((migration) => ({
      name: migration.name,
      up: () => apply(session, migration),
    })),
    storage: {
      // The migration records itself, inside its own transaction.
      logMigration: () => Promise.resolve(),
      unlogMigration: () => Promise.resolve(),
      executed: async () => (await applied(session)).map(({ name }) => name),
    },
    logger: undefined,
  });
  return (await umzug.up()).map(({ name }) => name);
}

async function createRecord(session: Queryable): Promise<void> {
  try {
    await session.query(sql`
      CREATE TABLE IF NOT EXISTS schema_migrations (
        name       text        PRIMARY KEY,
        checksum   text        NOT NULL,
        applied_at timestamptz NOT NULL DEFAULT now()
      )`);
  } catch (error) {
    if ((error as { code?: unknown }).code !== INSUFFICIENT_PRIVILEGE) throw error;
    throw new MigrationError('the role of DATABASE_URL may not create tables in the schema public', error);
  }
}

function applied(session: Queryable): Promise<Omit<Migration, 'text'>[]> {
  return session.query(sql`SELECT name, checksum FROM schema_migrations ORDER BY name`);
}

async function refuseEdited(session: Queryable, migrations: readonly Migration[]): Promise<void> {
  const checksums = new Map(migrations.map(({ name, checksum }) => [name, checksum]));
  for (const { name, checksum } of await applied(session)) {
    const present = checksums.get(name);
    // A file unknown here belongs to a newer version that runs beside this one: a rolling deployment.
    if (present !== undefined && present !== checksum) {
      throw new MigrationError(`${name} was edited after it had been applied. Add a new migration instead.`);
    }
  }
}

async function apply(session: Queryable, { name, text, checksum }: Migration): Promise<void> {
  const record = sql`INSERT INTO schema_migrations (name, checksum) VALUES (${name}, ${checksum})`;
  const isTransactional = !text.startsWith(NO_TRANSACTION);
  try {
    if (isTransactional) await session.query(sql`BEGIN`);
    await session.query(trustedSql(text), { timeoutMs: MIGRATION_TIMEOUT_MS });
    await session.query(record);
    if (isTransactional) await session.query(sql`COMMIT`);
  } catch (error) {
    if (isTransactional) await session.query(sql`ROLLBACK`);
    throw new MigrationError(`${name}: ${error instanceof Error ? error.message : String(error)}`, error);
  }
}

async function readMigrations(directory: string): Promise<Migration[]> {
  const names = (await readdir(directory)).filter((name) => /^\d{4}_\w+\.sql$/.test(name)).sort();
  return Promise.all(
    names.map(async (name) => {
      const text = await readFile(`${directory}/${name}`, 'utf8');
      return { name, text, checksum: createHash('sha256').update(text).digest('hex') };
    }),
  );
}
