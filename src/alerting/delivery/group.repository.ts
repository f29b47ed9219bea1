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

/** By GroupEnd.remind; `excluded` has the interval from now on. */
const REMIND_AT = [
  ['keep', sql`known.remind_at`],
  ['begin', sql`coalesce(known.remind_at, excluded.remind_at)`],
  ['again', sql`excluded.remind_at`],
  ['end', sql`NULL::timestamptz`],
] as const;

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
  async lockOfMessage(tx: Queryable, receiverId: string, messageId: string): Promise<DueGroup[]> {
    const told = await tx.query<{ groupKey: string }>(sql`
      SELECT DISTINCT group_key AS "groupKey" FROM alert_outbox WHERE message_id = ${messageId}::bigint`);
    return tx.query<DueGroup>(sql`
      SELECT group_key AS "groupKey", NULL AS "dueAt", false AS "isReminderDue" FROM alert_groups
      WHERE receiver_id = ${receiverId}::bigint AND group_key = ANY (${told.map(({ groupKey }) => groupKey)}::text[])
      ORDER BY group_key FOR NO KEY UPDATE`);
  }

  /**
   * What fires of these groups, as far as the receiver knows of it. Walks the alerts of the tenant that fire.
   * BETWEEN and the 0 keep the planner from expecting, by statistics of few alerts, that any row will do.
   */
  active(tx: Queryable, receiverId: string, groupKeys: readonly string[]): Promise<ActiveAlert[]> {
    return tx.query<ActiveAlert>(sql`
      SELECT told.id, told.group_key AS "groupKey", alert.acknowledged_at IS NOT NULL AS "isAcknowledged",
        extract(epoch FROM clock_timestamp() - told.finished_at)::float8 * 1000 AS "silentMs"
      FROM alert_instances AS alert
      CROSS JOIN LATERAL (
        SELECT * FROM alert_outbox AS row
        WHERE row.receiver_id = ${receiverId}::bigint
          AND row.fingerprint BETWEEN alert.fingerprint AND alert.fingerprint AND row.rule_id = alert.rule_id
          AND row.state IN ('waiting', 'sent', 'dead') ORDER BY row.id + 0 DESC LIMIT 1
      ) AS told
      WHERE alert.tenant_id = (SELECT tenant_id FROM alert_receivers WHERE id = ${receiverId}::bigint)
        AND alert.state <> 'normal' AND alert.starts_at IS NOT NULL
        AND told.state IN ('sent', 'dead') AND told.transition <> 'resolved'
        AND told.starts_at = date_trunc('milliseconds', alert.starts_at)
        AND told.group_key = ANY (${groupKeys}::text[])
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

  /**
   * Says when groups are looked at next, which the transaction has locked. Written as an insert: that finds each group
   * by its key, whatever the planner takes the table for.
   */
  async leave(tx: Queryable, receiverId: string, ends: readonly GroupEnd[], repeatMs: number): Promise<void> {
    for (const [remind, remindAt] of REMIND_AT) {
      const these = ends.filter((end) => end.remind === remind);
      if (these.length === 0) continue;
      await tx.query(sql`
        INSERT INTO alert_groups AS known (receiver_id, group_key, due_at, remind_at, sent_at)
        SELECT ${receiverId}::bigint, group_key,
          coalesce(clock_timestamp() + after_ms * interval '1 millisecond', 'infinity'),
          clock_timestamp() + ${repeatMs}::double precision * interval '1 millisecond',
          CASE WHEN is_told THEN clock_timestamp() END
        FROM unnest(${these.map(({ groupKey }) => groupKey)}::text[],
          ${these.map(({ afterMs }) => afterMs)}::double precision[],
          ${these.map(({ isTold }) => isTold)}::boolean[]) AS ended (group_key, after_ms, is_told)
        ON CONFLICT (receiver_id, group_key) DO UPDATE SET
          sent_at = coalesce(excluded.sent_at, known.sent_at), remind_at = ${remindAt},
          due_at = least(coalesce(${remindAt}, 'infinity'), excluded.due_at)`);
    }
  }
}
