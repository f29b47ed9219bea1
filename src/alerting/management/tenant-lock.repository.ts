import { sql } from '../../kernel/sql.js';
import type { Queryable } from '../../platform/database/index.js';

/** Among this project's advisory locks of two numbers: "changing what a tenant has of alerting". */
const MANAGEMENT_LOCK = 6;

/** Makes changes to one tenant's rules, receivers, silences and SLOs wait for each other: names and bounds hold. */
export async function lockTenant(transaction: Queryable, tenantId: string): Promise<void> {
  await transaction.query(
    sql`SELECT pg_advisory_xact_lock(${MANAGEMENT_LOCK}, hashint8(${tenantId}::bigint))`,
  );
}
