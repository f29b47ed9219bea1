import { sql } from '../../src/kernel/sql.js';
import type { Database, Queryable } from '../../src/platform/database/index.js';

/** A write that was computed from what was read before. */
export interface RegisterUpdate {
  /** Unique in a run. */
  readonly id: string;
  readonly register: number;
  readonly value: number;
}

/** Counters in PostgreSQL, and beside them the ids of all updates that were committed. */
export class Registers {
  constructor(private readonly db: Database) {}

  /** Makes `count` of them, all 0, and forgets those of earlier runs. */
  async create(count: number): Promise<void> {
    await this.db.query(sql`DROP TABLE IF EXISTS register, register_update`);
    await this.db.query(sql`CREATE TABLE register (id integer PRIMARY KEY, value integer NOT NULL)`);
    await this.db.query(sql`CREATE TABLE register_update (id text PRIMARY KEY)`);
    await this.db.query(
      sql`INSERT INTO register SELECT id, 0 FROM generate_series(0, ${count - 1}::integer) AS id`,
    );
  }

  async read(register: number): Promise<number> {
    const [row] = await this.db.query<{ value: number }>(
      sql`SELECT value FROM register WHERE id = ${register}`,
    );
    return row?.value ?? NaN;
  }

  /** To be called in a transaction. */
  async write(transaction: Queryable, { id, register, value }: RegisterUpdate): Promise<void> {
    await transaction.query(sql`UPDATE register SET value = ${value} WHERE id = ${register}`);
    await transaction.query(sql`INSERT INTO register_update VALUES (${id})`);
  }

  /** Of all registers. */
  async sum(): Promise<number> {
    const [row] = await this.db.query<{ sum: number }>(sql`SELECT sum(value)::integer AS sum FROM register`);
    return row?.sum ?? NaN;
  }

  async countCommitted(): Promise<number> {
    const [row] = await this.db.query<{ count: number }>(
      sql`SELECT count(*)::integer AS count FROM register_update`,
    );
    return row?.count ?? NaN;
  }

  /** How many of these updates were committed. */
  async countCommittedOf(ids: readonly string[]): Promise<number> {
    const rows = await this.db.query(sql`SELECT FROM register_update WHERE id = ANY(${ids}::text[])`);
    return rows.length;
  }
}
