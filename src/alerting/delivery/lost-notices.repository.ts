import { Injectable } from '@nestjs/common';
import { sql } from '../../kernel/sql.js';
import type { Queryable } from '../../platform/database/index.js';

const MAX_OTHERS = 20;

/** Who hears that a receiver is not reached. */
@Injectable()
export class LostNoticeRepository {
  /** The other receivers of these rules; if they have none, the others of the tenant. Not those that fail themselves. */
  async others(tx: Queryable, receiverId: string, ruleIds: readonly string[]): Promise<string[]> {
    const rows = await tx.query<{ id: string; isOfRule: boolean }>(sql`
      SELECT other.id, EXISTS (
        SELECT FROM alert_rule_receivers AS told
        WHERE told.receiver_id = other.id AND told.rule_id = ANY (${ruleIds}::bigint[])) AS "isOfRule"
      FROM alert_receivers AS lost JOIN alert_receivers AS other
        ON other.tenant_id = lost.tenant_id AND other.id <> lost.id
      LEFT JOIN alert_deliveries AS delivery ON delivery.receiver_id = other.id
      WHERE lost.id = ${receiverId}::bigint AND delivery.failing_since IS NULL ORDER BY 2 DESC, other.id LIMIT ${MAX_OTHERS}`);
    const ofRule = rows.filter(({ isOfRule }) => isOfRule);
    return (ofRule.length > 0 ? ofRule : rows).map(({ id }) => id);
  }

  /** Those that were told so. */
  async told(tx: Queryable, fingerprint: string, since: Date): Promise<string[]> {
    const rows = await tx.query<{ id: string }>(sql`
      SELECT DISTINCT row.receiver_id AS id FROM alert_receivers AS receiver JOIN alert_outbox AS row
        ON row.receiver_id = receiver.id AND row.fingerprint = ${fingerprint} AND row.starts_at = ${since}::timestamptz
      WHERE row.transition = 'firing' ORDER BY 1`);
    return rows.map(({ id }) => id);
  }
}
