import { Injectable } from '@nestjs/common';
import { sql } from '../../kernel/sql.js';
import { Database, type Queryable } from '../../platform/database/index.js';

/** An entry as it is stored. */
export interface AuditRow {
  readonly id: string;
  readonly jobId: string;
  readonly at: Date;
  readonly actor: string;
  readonly action: string;
  readonly details: Readonly<Record<string, unknown>>;
  readonly previousHash: Buffer;
  readonly hash: Buffer;
}

/** Writes and reads batch_audit. */
@Injectable()
export class BatchAuditRepository {
  constructor(private readonly db: Database) {}

  /** The hash of the tenant's last entry; until the transaction ends nobody else appends one. */
  async lastHash(tx: Queryable, tenantId: string): Promise<Buffer | undefined> {
    await tx.query(sql`SELECT pg_advisory_xact_lock(hashtextextended('batch_audit', ${tenantId}::bigint))`);
    const [row] = await tx.query<{ hash: Buffer }>(sql`
      SELECT hash FROM batch_audit WHERE tenant_id = ${tenantId} ORDER BY id DESC LIMIT 1`);
    return row?.hash;
  }

  async insert(tx: Queryable, tenantId: string, row: Omit<AuditRow, 'id'>): Promise<void> {
    const { jobId, at, actor, action, details, previousHash, hash } = row;
    await tx.query(sql`
      INSERT INTO batch_audit (tenant_id, job_id, at, actor, action, details, previous_hash, hash)
      VALUES (${tenantId}, ${jobId}::bigint, ${at}, ${actor}, ${action}, ${JSON.stringify(details)}, ${previousHash},
        ${hash})`);
  }

  /** Oldest first; by the column, because `id` alone is the text of the answer, and 10 comes before 9 there. */
  page(tenantId: string, after: string, limit: number): Promise<AuditRow[]> {
    return this.db.read<AuditRow>(sql`
      SELECT id::text, job_id::text AS "jobId", at, actor, action, details, previous_hash AS "previousHash", hash
      FROM batch_audit WHERE tenant_id = ${tenantId} AND id > ${after}::bigint ORDER BY batch_audit.id LIMIT ${limit}`);
  }
}
