import { Injectable } from '@nestjs/common';
import { sql } from '../../kernel/sql.js';
import { Database, type Queryable } from '../../platform/database/index.js';

/** The latest claim on each resource. */
@Injectable()
export class FenceRepository {
  constructor(private readonly db: Database) {}

  /** The number of the new claim. */
  async claim(queryable: Queryable, resource: string): Promise<string> {
    const rows = await queryable.query<{ number: string }>(sql`
      INSERT INTO lock_fences (resource, fence, claimed_at)
      VALUES (${resource}, nextval('lock_numbers'), clock_timestamp())
      ON CONFLICT (resource) DO UPDATE SET fence = nextval('lock_numbers'), claimed_at = excluded.claimed_at
      RETURNING fence::text AS number`);
    return rows.map(({ number }) => number).join('');
  }

  /** Whether nobody has claimed it since; until the transaction ends nobody can. */
  async isNewest(transaction: Queryable, resource: string, number: string): Promise<boolean> {
    const rows = await transaction.query(sql`
      SELECT fence FROM lock_fences WHERE resource = ${resource} AND fence = ${number}::bigint FOR SHARE`);
    return rows.length > 0;
  }

  async forget(before: Date): Promise<void> {
    await this.db.query(sql`DELETE FROM lock_fences WHERE claimed_at < ${before}`);
  }
}
