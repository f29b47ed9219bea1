import { Injectable } from '@nestjs/common';
import { sql } from '../../kernel/sql.js';
import type { Queryable } from '../../platform/database/index.js';

/** A group that is looked at. */
export interface DueGroup {
  readonly groupKey: string;
  readonly dueAt: Date | null;
  readonly isReminderDue: boolean;
}

/** How a group is left. */
export interface GroupEnd {
  readonly groupKey: string;
  /** Looked at again after so long; null: when something comes, or is to be repeated. */
  readonly afterMs: number | null;
  readonly isTold: boolean;
  /** When what fires is repeated: as it was; after the interval, if that is not settled; after the interval; never. */
  readonly remind: 'keep' | 'begin' | 'again' | 'end';
}

/** An alert that the receiver was told of, and that goes on. */
export interface ActiveAlert {
  readonly id: string;
  readonly groupKey: string;
  /** Since the receiver heard of it. */
  readonly silentMs: number;
  readonly isAcknowledged: boolean;
}

/** Groups looked at together: bounds what one transaction does. */
const MAX_GROUPS = 20_000;

/** Reads and writes alert_groups for senders, who have a lease on the receiver. */
@Injectable()
export class GroupRepository {
  /** Groups of which something is due, the longest due first; they are kept from other changes. */
  async lockDue(tx: Queryable, receiverId: string): Promise<DueGroup[]> {
    const rows = await tx.query<DueGroup>(sql`
      SELECT group_key AS "groupKey", nullif(due_at, '-infinity') AS "dueAt",
        coalesce(remind_at <= clock_timestamp(), false) AS "isReminderDue"
      FROM alert_groups WHERE receiver_id = ${receiverId}::bigint AND due_at <= (SELECT clock_timestamp())
      ORDER BY group_key LIMIT ${MAX_GROUPS} FOR NO KEY UPDATE`);
    return rows.toSorted((left, right) => Number(left.dueAt ?? 0) - Number(right.dueAt ?? 0));
  }

  /** Groups of a message. */
  lockOfMessage(tx: Queryable, receiverId: string, messageId: string): Promise<DueGroup[]> {
    return tx.query<DueGroup>(sql`
      SELECT group_key AS "groupKey", NULL AS "dueAt", false AS "isReminderDue" FROM alert_groups
      WHERE receiver_id = ${receiverId}::bigint AND group_key IN (
        SELECT group_key FROM alert_outbox WHERE message_id = ${messageId}::bigint)
      ORDER BY group_key FOR NO KEY UPDATE`);
  }

  /** What fires of these groups, as far as the receiver knows of it. Walks the alerts of the tenant that fire. */
  active(tx: Queryable, receiverId: string, groupKeys: readonly string[]): Promise<ActiveAlert[]> {
    return tx.query<ActiveAlert>(sql`
      SELECT told.id, told.group_key AS "groupKey", alert.acknowledged_at IS NOT NULL AS "isAcknowledged",
        extract(epoch FROM clock_timestamp() - told.finished_at)::float8 * 1000 AS "silentMs"
      FROM alert_receivers AS receiver
      JOIN alert_instances AS alert ON alert.tenant_id = receiver.tenant_id AND alert.state <> 'normal'
        AND alert.starts_at IS NOT NULL
      JOIN LATERAL (
        SELECT * FROM alert_outbox AS row
        WHERE row.receiver_id = receiver.id AND row.fingerprint = alert.fingerprint AND row.rule_id = alert.rule_id
          AND row.state IN ('waiting', 'sent', 'dead') ORDER BY row.id DESC LIMIT 1
      ) AS told ON told.state IN ('sent', 'dead') AND told.transition <> 'resolved'
        AND told.starts_at = date_trunc('milliseconds', alert.starts_at)
      WHERE receiver.id = ${receiverId}::bigint AND told.group_key = ANY (${groupKeys}::text[])
      ORDER BY told.id`);
  }

  /** Adds reminders of what these rows told. They have a number of their own: the time. */
  async insertReminders(tx: Queryable, rowIds: readonly string[]): Promise<void> {
    if (rowIds.length === 0) return;
    await tx.query(sql`
      INSERT INTO alert_outbox (tenant_id, receiver_id, dedup_key, group_key, rule_id, fingerprint, starts_at,
        transition, alert, incident, created_at)
      SELECT tenant_id, receiver_id,
        concat_ws(':', fingerprint, alert ->> 'startsAt',
          'reminder-' || floor(extract(epoch FROM clock_timestamp()) * 1000), receiver_id),
        group_key, rule_id, fingerprint, starts_at, 'reminder', alert, incident, clock_timestamp()
      FROM alert_outbox WHERE id = ANY (${rowIds}::bigint[]) ORDER BY id
      ON CONFLICT (dedup_key) DO NOTHING`);
  }

  /** Says when groups are looked at next. */
  async leave(tx: Queryable, receiverId: string, ends: readonly GroupEnd[], repeatMs: number): Promise<void> {
    const repeat = sql`clock_timestamp() + ${repeatMs}::double precision * interval '1 millisecond'`;
    await tx.query(sql`
      UPDATE alert_groups AS known SET
        sent_at = CASE WHEN next.is_told THEN clock_timestamp() ELSE known.sent_at END,
        remind_at = next.remind_at,
        due_at = least(coalesce(next.remind_at, 'infinity'),
          coalesce(clock_timestamp() + next.after_ms * interval '1 millisecond', 'infinity'))
      FROM (
        SELECT before.group_key, ended.is_told, ended.after_ms, CASE ended.remind
          WHEN 'keep' THEN before.remind_at WHEN 'begin' THEN coalesce(before.remind_at, ${repeat})
          WHEN 'again' THEN ${repeat} END AS remind_at
        FROM unnest(${ends.map(({ groupKey }) => groupKey)}::text[],
          ${ends.map(({ afterMs }) => afterMs)}::double precision[], ${ends.map(({ isTold }) => isTold)}::boolean[],
          ${ends.map(({ remind }) => remind)}::text[]) AS ended (group_key, after_ms, is_told, remind)
        JOIN alert_groups AS before
          ON before.receiver_id = ${receiverId}::bigint AND before.group_key = ended.group_key
      ) AS next
      WHERE known.receiver_id = ${receiverId}::bigint AND known.group_key = next.group_key`);
  }
}
