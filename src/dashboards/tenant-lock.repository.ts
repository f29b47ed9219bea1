import { sql } from '../kernel/sql.js';
import type { Queryable } from '../platform/database/index.js';

/** Among this project's advisory locks of two numbers: "changing which layouts and dashboards a tenant has". */
const DASHBOARDS_LOCK = 7;

/** Makes those who add, rename or restore wait for each other: names and bounds hold. */
export async function lockTenant(transaction: Queryable, tenantId: string): Promise<void> {
  await transaction.query(
    sql`SELECT pg_advisory_xact_lock(${DASHBOARDS_LOCK}, hashint8(${tenantId}::bigint))`,
  );
}
