import pg from 'pg';
import { sql, trustedSql } from '../../src/kernel/sql.js';
import type { Database } from '../../src/platform/database/index.js';
import { adminDatabaseUrl } from './test-servers.js';

/** What the planner is made to believe. */
export interface Lie {
  readonly name: string;
  /** Of each table; it counts the pages itself. */
  readonly pagesPerRow: number;
}

/** With the first, any value that is not in the text of a statement matches all rows; with the second, none. */
export const LIES: readonly Lie[] = [
  { name: 'takes all rows for equal', pagesPerRow: 1 },
  { name: 'takes every table for empty', pagesPerRow: 1_000 },
];

/** The first version that takes statistics from outside. */
const FIRST_VERSION = 180_000;

/** Whether the server of the tests can be misled: those of an earlier version cannot. */
export async function canMislead(): Promise<boolean> {
  const admin = new pg.Client(adminDatabaseUrl());
  await admin.connect();
  const { rows } = await admin.query<{ version: number }>(
    `SELECT current_setting('server_version_num')::int AS version`,
  );
  await admin.end();
  return (rows[0]?.version ?? 0) >= FIRST_VERSION;
}

/**
 * Replaces the statistics of all tables by those of a table that was analysed when it had one row, of another tenant:
 * what autovacuum may do at any moment, and puts right some minutes later. It does not here.
 */
export async function mislead(db: Database, { pagesPerRow }: Lie): Promise<void> {
  await db.query(sql`
    SELECT pg_restore_relation_stats('schemaname', 'public', 'relname', relname::text,
      'relpages', ${trustedSql(String(pagesPerRow))}, 'reltuples', 1::real)
    FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'`);
  await db.query(sql`
    SELECT pg_restore_attribute_stats('schemaname', 'public', 'relname', relname::text, 'attname', attname::text,
      'inherited', relkind = 'p', 'null_frac', 0::real, 'avg_width', 8, 'n_distinct', 1::real,
      'most_common_vals', value, 'most_common_freqs', '{1}'::real[])
    FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped
    JOIN (VALUES ('bigint', '{99999999}'), ('integer', '{99999999}'), ('smallint', '{31999}'), ('text', '{zzzz}'),
      ('timestamp with time zone', '{2000-01-01}')) AS lie (type, value) ON type = format_type(atttypid, NULL)
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')`);
  await db.query(sql`
    DO $$ DECLARE name regclass; BEGIN
      FOR name IN SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' LOOP
        EXECUTE format('ALTER TABLE %s SET (autovacuum_enabled = false)', name);
      END LOOP; END $$`);
}
