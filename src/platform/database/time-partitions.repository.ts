import { identifier, sql, trustedSql } from '../../kernel/sql.js';
import type { Database } from './database.js';
import type { Queryable } from './queryable.js';

const WEEK_MS = 7 * 86_400_000;

/** A partition by time: from inclusive, to exclusive. */
export interface TimePartition {
  readonly name: string;
  readonly from: Date;
  readonly to: Date;
}

/** Names of the partitions of a table, in their order. */
export async function partitionNames(db: Queryable, parent: string): Promise<string[]> {
  const rows = await db.query<{ name: string }>(sql`
    SELECT c.relname AS name FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = ${parent}::regclass ORDER BY c.relname`);
  return rows.map(({ name }) => name);
}

/** Makes a partition unless it is there. Waits for a lock on the parent. */
export async function createPartition(
  tx: Queryable,
  parent: string,
  { name, from, to }: TimePartition,
): Promise<void> {
  // DDL takes no parameters; both instants are of our own making.
  const bounds = trustedSql(`FROM ('${from.toISOString()}') TO ('${to.toISOString()}')`);
  await tx.query(
    sql`CREATE TABLE IF NOT EXISTS ${identifier(name)} PARTITION OF ${identifier(parent)} FOR VALUES ${bounds}`,
  );
}

/** Drops a partition with all its rows. */
export async function dropPartition(tx: Queryable, name: string): Promise<void> {
  await tx.query(sql`DROP TABLE ${identifier(name)}`);
}

/** Which weeks of a table there are to be. */
export interface WeeklyPartitions {
  readonly table: string;
  /** Its number among this project's advisory locks. */
  readonly lock: number;
  /** First and last instant that rows may have. */
  readonly from: Date;
  readonly to: Date;
  /** Partitions that end before it are dropped. */
  readonly keptFrom: Date;
}

/** Makes weekly partitions and drops those that are over, in one transaction; one instance at a time does. */
export function keepWeeks(
  db: Database,
  { table, lock, from, to, keptFrom }: WeeklyPartitions,
): Promise<void> {
  return db.transaction(async (tx) => {
    await tx.query(sql`SELECT pg_advisory_xact_lock(${lock}), set_config('lock_timeout', '3s', true)`);
    const present = await partitionNames(tx, table);
    for (let week = weekOf(from); week <= weekOf(to); week += 1) {
      const name = nameOf(table, week);
      const bounds = { from: new Date(week * WEEK_MS), to: new Date((week + 1) * WEEK_MS) };
      if (!present.includes(name)) await createPartition(tx, table, { name, ...bounds });
    }
    const first = nameOf(table, weekOf(keptFrom));
    for (const name of present) if (name < first) await dropPartition(tx, name);
  });
}

/** Weeks since 1970, so that names sort by time. */
function weekOf(at: Date): number {
  return Math.floor(at.getTime() / WEEK_MS);
}

function nameOf(table: string, week: number): string {
  return `${table}_w${String(week).padStart(5, '0')}`;
}
