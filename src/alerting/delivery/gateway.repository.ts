import { Injectable } from '@nestjs/common';
import { sql } from '../../kernel/sql.js';
import { Database } from '../../platform/database/index.js';
import type { ToldTransition } from './message.js';
import type { NotifiedAlert } from './notified-event.js';

/** One alert of a message to a gateway. */
export interface GatewayRow {
  readonly messageId: string;
  readonly key: string;
  readonly tenantId: string;
  readonly receiverId: string;
  readonly finishedAt: Date;
  readonly transition: ToldTransition;
  readonly alert: NotifiedAlert;
}

/** In the few seconds that are read at once. */
const MAX_ROWS = 50_000;

/** Messages to gateways. */
@Injectable()
export class GatewayRepository {
  constructor(private readonly db: Database) {}

  /** By the database's clock. */
  async now(): Promise<Date> {
    const [row] = await this.db.read<{ at: Date }>(sql`SELECT clock_timestamp() AS at`);
    return row?.at ?? new Date(0);
  }

  /**
   * Told after `since`, by message and in the order in which things happened. BETWEEN, since a planner whose statistics
   * know one message or one alert would take any row for one of it, and read the table for each.
   */
  toldSince(since: Date): Promise<GatewayRow[]> {
    return this.db.read<GatewayRow>(sql`
      SELECT message.id AS "messageId", message.key, message.tenant_id AS "tenantId",
        message.receiver_id AS "receiverId", message.finished_at AS "finishedAt", row.transition,
        jsonb_build_object('id', (
          SELECT instance.id::text FROM alert_instances AS instance
          WHERE instance.rule_id = row.rule_id AND instance.fingerprint BETWEEN row.fingerprint AND row.fingerprint
        )) || (row.alert - 'tenantId') AS alert
      FROM alert_messages AS message CROSS JOIN LATERAL (
        SELECT * FROM alert_outbox WHERE message_id BETWEEN message.id AND message.id AND state = 'sent' OFFSET 0
      ) AS row
      WHERE message.finished_at >= ${since}::timestamptz AND message.state = 'sent'
        AND message.receiver_id = ANY (ARRAY(SELECT id FROM alert_receivers WHERE kind = 'gateway'))
      ORDER BY message.id, row.id LIMIT ${MAX_ROWS}`);
  }
}
