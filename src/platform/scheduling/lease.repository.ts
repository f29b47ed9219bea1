import { Injectable } from '@nestjs/common';
import { sql } from '../../kernel/sql.js';
import { Database } from '../database/index.js';

/**
 * Leases in PostgreSQL: at most one owner a job. Time is the server's alone (clock_timestamp, because
 * now() stands still inside a transaction), so instances need no synchronised clocks.
 */
@Injectable()
export class LeaseRepository {
  constructor(private readonly db: Database) {}

  /** Takes the lease, or prolongs it when `owner` has it. False while somebody else holds it. */
  async acquireOrRenew(job: string, owner: string, ttlMs: number): Promise<boolean> {
    const rows = await this.db.query(sql`
      INSERT INTO scheduler_leases AS lease (job, owner, expires_at)
      VALUES (${job}, ${owner}, clock_timestamp() + ${ttlMs}::double precision * interval '1 millisecond')
      ON CONFLICT (job) DO UPDATE SET owner = excluded.owner, expires_at = excluded.expires_at
        WHERE lease.owner = excluded.owner OR lease.expires_at <= clock_timestamp()
      RETURNING lease.job`);
    return rows.length > 0;
  }

  /** Leases with this prefix that others than `owner` hold now. */
  async countOthers(prefix: string, owner: string): Promise<number> {
    const [row] = await this.db.read<{ others: number }>(sql`
      SELECT count(*)::int AS others FROM scheduler_leases
      WHERE starts_with(job, ${prefix}) AND owner <> ${owner} AND expires_at > clock_timestamp()`);
    return row?.others ?? 0;
  }

  /** Removes leases with this prefix that have run out: their owners ended without a word. */
  async forgetExpired(prefix: string): Promise<void> {
    await this.db.query(sql`
      DELETE FROM scheduler_leases WHERE starts_with(job, ${prefix}) AND expires_at <= clock_timestamp()`);
  }

  /** Gives every lease of `owner` back. */
  async releaseAll(owner: string): Promise<void> {
    await this.db.query(sql`DELETE FROM scheduler_leases WHERE owner = ${owner}`);
  }
}
