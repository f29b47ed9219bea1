import { identifier, sql, trustedSql } from '../../kernel/sql.js';
import type { Queryable } from './queryable.js';

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
