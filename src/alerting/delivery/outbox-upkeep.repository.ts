import { Injectable } from '@nestjs/common';
import { sql } from '../../kernel/sql.js';
import { Database } from '../../platform/database/index.js';

/** How the outbox is. */
export interface OutboxFigures {
  readonly waiting: number;
  readonly dead: number;
  readonly oldestSeconds: number;
  readonly openBreakers: number;
}

/** Rows that one statement removes. */
const BATCH = 5_000;

/** What is told is kept for a while, and removed in small steps. */
@Injectable()
export class OutboxUpkeepRepository {
  constructor(private readonly db: Database) {}

  async figures(breakerFailures: number): Promise<OutboxFigures> {
    const [row] = await this.db.read<OutboxFigures>(sql`
      SELECT (SELECT count(*) FROM alert_outbox WHERE state = 'waiting')::float8 AS waiting,
        (SELECT count(*) FROM alert_outbox WHERE state = 'dead')::float8 AS dead,
        (SELECT coalesce(extract(epoch FROM clock_timestamp() - min(created_at)), 0) FROM alert_messages
          WHERE state = 'waiting')::float8 AS "oldestSeconds",
        (SELECT count(*) FROM alert_deliveries WHERE failures >= ${breakerFailures})::float8 AS "openBreakers"`);
    return row ?? { waiting: 0, dead: 0, oldestSeconds: 0, openBreakers: 0 };
  }

  /**
   * What alerts that still fire were told of stays: their reminders and their end refer to it. Of reminders the latest
   * is enough: an alert may fire for years.
   */
  pruneRows(days: number): Promise<number> {
    return this.db.execute(sql`
      DELETE FROM alert_outbox WHERE ctid = ANY (ARRAY(
        SELECT old.ctid FROM alert_outbox AS old
        WHERE old.finished_at < clock_timestamp() - ${days} * interval '1 day' AND (NOT EXISTS (
          SELECT FROM alert_instances AS alert
          WHERE alert.rule_id = old.rule_id AND alert.fingerprint BETWEEN old.fingerprint AND old.fingerprint
            AND date_trunc('milliseconds', alert.starts_at) = old.starts_at
        ) OR (old.transition = 'reminder' AND EXISTS (
          SELECT FROM alert_outbox AS later
          WHERE later.receiver_id = old.receiver_id
            AND later.fingerprint BETWEEN old.fingerprint AND old.fingerprint
            AND later.starts_at = old.starts_at AND later.id + 0 > old.id AND later.state = 'sent')))
        LIMIT ${BATCH}))`);
  }

  pruneMessages(days: number): Promise<number> {
    return this.db.execute(sql`
      DELETE FROM alert_messages WHERE id IN (
        SELECT old.id FROM alert_messages AS old
        WHERE old.finished_at < clock_timestamp() - ${days} * interval '1 day' LIMIT ${BATCH})`);
  }

  /** Groups that wait for nothing, and whose interval is over. */
  pruneGroups(): Promise<number> {
    return this.db.execute(sql`
      DELETE FROM alert_groups WHERE ctid = ANY (ARRAY(
        SELECT known.ctid FROM alert_groups AS known
        JOIN alert_receivers AS receiver ON receiver.id = known.receiver_id
        WHERE known.due_at = 'infinity' AND known.remind_at IS NULL
          AND coalesce(known.sent_at, '-infinity')
            < clock_timestamp() - receiver.group_interval_ms * interval '1 millisecond'
          AND NOT EXISTS (
            SELECT FROM alert_outbox AS row WHERE row.receiver_id = known.receiver_id
              AND row.group_key = known.group_key AND row.state = 'waiting')
        ORDER BY known.receiver_id, known.group_key LIMIT ${BATCH} FOR UPDATE OF known SKIP LOCKED))`);
  }
}

/** A step that removed as much as it may is followed by another one. */
export function isMoreLeft(removed: number): boolean {
  return removed >= BATCH;
}
