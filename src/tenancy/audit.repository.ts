import { Injectable } from '@nestjs/common';
import { sql } from '../kernel/sql.js';
import { Database, type Queryable } from '../platform/database/index.js';
import { type Page, type PageRequest, toPage } from './page.js';

/** One change that matters: who did what to which thing. */
export interface AuditEntry {
  readonly tenantId: string;
  /** Id of the API key; null when the process did it by itself. */
  readonly actor: string | null;
  /** thing.past-participle */
  readonly action: string;
  /** Id of the thing. */
  readonly subject: string;
  /** Safe to show to admins of the tenant; no secrets. */
  readonly details: Readonly<Record<string, unknown>>;
  readonly requestId: string | null;
  readonly at: Date;
}

/** An entry as its tenant's admins see it. */
export interface RecordedEntry extends Omit<AuditEntry, 'tenantId'> {
  readonly id: string;
}

/** The append-only table of audit entries. */
@Injectable()
export class AuditRepository {
  constructor(private readonly db: Database) {}

  async insert(transaction: Queryable, entry: AuditEntry): Promise<void> {
    await transaction.query(sql`
      INSERT INTO audit_entries (tenant_id, actor, action, subject, details, request_id, at)
      VALUES (${entry.tenantId}, ${entry.actor}, ${entry.action}, ${entry.subject},
        ${JSON.stringify(entry.details)}::jsonb, ${entry.requestId}, ${entry.at})`);
  }

  /** Newest first; by a replica the newest ones may be missing for a moment. */
  async list(tenantId: string, { limit, cursor }: PageRequest): Promise<Page<RecordedEntry>> {
    const rows = await this.db.read<RecordedEntry>(
      sql`
        SELECT id, actor, action, subject, details, request_id AS "requestId", at FROM audit_entries
        WHERE tenant_id = ${tenantId}::bigint AND id < coalesce(${cursor ?? null}::bigint, 9223372036854775807)
        ORDER BY id DESC LIMIT ${limit + 1}::int`,
      { mayLag: true },
    );
    return toPage(rows, limit);
  }
}
