import { Injectable } from '@nestjs/common';
import { sql } from '../kernel/sql.js';
import { Database, type Queryable } from '../platform/database/index.js';

/** A running instance, and where it takes its locks from. */
export interface LockInstance {
  readonly name: string;
  readonly backend: string;
}

/** Which instances run, and which backends were ever used. */
@Injectable()
export class LockInstanceRepository {
  constructor(private readonly db: Database) {}

  /** Instances with another backend. One caller at a time: of two that come at once, the second sees the first. */
  async othersThan(
    { name, backend }: LockInstance,
    transaction: Queryable,
  ): Promise<readonly LockInstance[]> {
    await transaction.query(sql`LOCK TABLE lock_instances IN EXCLUSIVE MODE`);
    await transaction.query(sql`DELETE FROM lock_instances WHERE expires_at <= clock_timestamp()`);
    return transaction.query<LockInstance>(sql`
      SELECT instance_id AS name, identity AS backend FROM lock_instances
      WHERE identity <> ${backend} AND instance_id <> ${name}`);
  }

  /** Notes that an instance runs. */
  async note(
    { name, backend }: LockInstance,
    leaseMs: number,
    queryable: Queryable = this.db,
  ): Promise<void> {
    await queryable.query(sql`
      INSERT INTO lock_instances (instance_id, identity, expires_at)
      VALUES (${name}, ${backend}, clock_timestamp() + ${leaseMs}::double precision * interval '1 millisecond')
      ON CONFLICT (instance_id) DO UPDATE SET expires_at = excluded.expires_at`);
  }

  async forget({ name }: LockInstance): Promise<void> {
    await this.db.query(sql`DELETE FROM lock_instances WHERE instance_id = ${name}`);
  }

  /** Ms since a backend was first used; notes that it is. */
  async ageOf(backend: string): Promise<number> {
    const [row] = await this.db.query<{ ageMs: number }>(sql`
      INSERT INTO lock_backends AS known (identity) VALUES (${backend})
      ON CONFLICT (identity) DO UPDATE SET identity = known.identity
      RETURNING extract(epoch FROM clock_timestamp() - first_used_at)::double precision * 1000 AS "ageMs"`);
    return row?.ageMs ?? Infinity;
  }

  /** Runs `work` in one transaction. */
  transaction<T>(work: (transaction: Queryable) => Promise<T>): Promise<T> {
    return this.db.transaction(work);
  }
}
