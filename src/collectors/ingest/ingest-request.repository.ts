import { Injectable } from '@nestjs/common';
import { sql } from '../../kernel/sql.js';
import type { Queryable } from '../../platform/database/index.js';

/** Identifies a request that may be sent again. */
export interface RequestKey {
  readonly tenantId: string;
  readonly endpoint: 'events' | 'scheduler';
  readonly key: string;
}

/** How far a request got. */
export interface RequestProgress {
  readonly acceptedCount: number;
  /** SHA-256 of the body up to the last accepted event. */
  readonly digest: Buffer;
  readonly isComplete: boolean;
}

/** Progress of requests with an Idempotency-Key, written in the transaction of what they store. */
@Injectable()
export class IngestRequestRepository {
  async find(db: Queryable, { tenantId, endpoint, key }: RequestKey): Promise<RequestProgress | undefined> {
    const [row] = await db.query<RequestProgress>(sql`
      SELECT accepted_count::float8 AS "acceptedCount", digest, is_complete AS "isComplete" FROM ingest_requests
      WHERE tenant_id = ${tenantId}::bigint AND endpoint = ${endpoint} AND idempotency_key = ${key}`);
    return row;
  }

  /** Moves a request on from `previousCount`; false when another request with this key moved it meanwhile. */
  async advance(
    tx: Queryable,
    { tenantId, endpoint, key }: RequestKey,
    previousCount: number,
    next: RequestProgress & { readonly at: Date },
  ): Promise<boolean> {
    const rows = await tx.query(sql`
      INSERT INTO ingest_requests AS r
        (tenant_id, endpoint, idempotency_key, accepted_count, digest, is_complete, updated_at)
      SELECT ${tenantId}::bigint, ${endpoint}, ${key}, ${next.acceptedCount}::bigint, ${next.digest}::bytea,
        ${next.isComplete}::boolean, ${next.at}::timestamptz
      ON CONFLICT (tenant_id, endpoint, idempotency_key) DO UPDATE
        SET accepted_count = excluded.accepted_count, digest = excluded.digest,
          is_complete = excluded.is_complete, updated_at = excluded.updated_at
        WHERE r.accepted_count = ${previousCount}::bigint AND NOT r.is_complete AND ${previousCount}::bigint > 0
      RETURNING 1`);
    return rows.length === 1;
  }
}
