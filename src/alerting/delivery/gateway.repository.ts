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

  /** Told after `since`, by message and in the order in which things happened. */
  toldSince(since: Date): Promise<GatewayRow[]> {
    return this.db.read<GatewayRow>(sql`
      SELECT message.id AS "messageId", message.key, message.tenant_id AS "tenantId",
        message.receiver_id AS "receiverId", message.finished_at AS "finishedAt", row.transition,
        jsonb_build_object('id', instance.id::text) || (row.alert - 'tenantId') AS alert
      FROM alert_messages AS message
      JOIN alert_receivers AS receiver ON receiver.id = message.receiver_id AND receiver.kind = 'gateway'
      JOIN alert_outbox AS row ON row.message_id = message.id AND row.state = 'sent'
      LEFT JOIN alert_instances AS instance ON instance.rule_id = row.rule_id AND instance.fingerprint = row.fingerprint
      WHERE message.finished_at >= ${since}::timestamptz AND message.state = 'sent'
      ORDER BY message.id, row.id LIMIT ${MAX_ROWS}`);
  }
}
