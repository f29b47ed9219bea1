import { Injectable } from '@nestjs/common';
import { sql } from '../../kernel/sql.js';
import { Database, type Queryable } from '../../platform/database/index.js';
import type { Candidate } from './judgement.js';
import type { ToldAlert } from './message.js';

/** A message that waits for an attempt. */
export interface WaitingMessage {
  readonly id: string;
  readonly key: string;
  readonly groupKey: string | null;
  /** Attempts there were. */
  readonly attempts: number;
  /** None of them can have reached the receiver. */
  readonly isUntold: boolean;
  readonly ageMs: number;
}

/** A message to be, or in the place of one that surely was not told. */
export interface MessageDraft {
  readonly receiverId: string;
  readonly tenantId: string;
  readonly key: string;
  readonly groupKey: string | null;
  readonly rows: readonly { readonly id: string; readonly incident: string | null }[];
}

const WAITING = sql`
  id, key, group_key AS "groupKey", attempts, is_untold AS "isUntold",
  extract(epoch FROM clock_timestamp() - created_at)::float8 * 1000 AS "ageMs"`;

/** Of `earlier`: told of the alert of `row` while it fired. */
const IS_SAME_TIME = sql`earlier.starts_at = row.starts_at AND earlier.transition <> 'resolved'`;

/** Reads and writes messages and the rows they tell, for senders, who have a lease on the receiver. */
@Injectable()
export class MessageRepository {
  constructor(private readonly db: Database) {}

  /** The message that is due longest; @param isHurried as if all were due */
  async nextDue(receiverId: string, isHurried: boolean): Promise<WaitingMessage | undefined> {
    const [message] = await this.db.query<WaitingMessage>(sql`
      SELECT ${WAITING} FROM alert_messages
      WHERE receiver_id = ${receiverId}::bigint AND state = 'waiting'
        AND (due_at <= clock_timestamp() OR ${isHurried}) ORDER BY due_at, id LIMIT 1`);
    return message;
  }

  /**
   * Rows of these groups that belong to no message, in the order they came, after `afterId`. What was told before is
   * looked up alert by alert, in one index: BETWEEN and the 0 keep the planner from others that seem as good to it where
   * its statistics know few rows.
   */
  candidates(
    tx: Queryable,
    { receiverId, groupKeys }: { readonly receiverId: string; readonly groupKeys: readonly string[] },
    afterId: string,
    limit: number,
  ): Promise<Candidate[]> {
    return tx.query<Candidate>(sql`
      SELECT row.id, row.dedup_key AS "dedupKey", row.group_key AS "groupKey", row.transition, row.alert,
        row.starts_at AS "startsAt", coalesce(row.incident, told.incident) AS incident,
        coalesce(told.is_told, false) AS "isTold", coalesce(told.is_blocked, false) AS "isBlocked"
      FROM (
        SELECT * FROM alert_outbox
        WHERE receiver_id = ${receiverId}::bigint AND group_key = ANY (${groupKeys}::text[])
          AND state = 'waiting' AND message_id IS NULL AND id > ${afterId}::bigint
        ORDER BY id LIMIT ${limit}
      ) AS row
      CROSS JOIN LATERAL (
        SELECT max(earlier.incident) FILTER (WHERE ${IS_SAME_TIME}) AS incident,
          bool_or(earlier.state = 'sent' OR (earlier.state = 'dead' AND EXISTS (
            SELECT FROM alert_messages AS message WHERE message.id = earlier.message_id AND NOT message.is_untold
          ))) FILTER (WHERE ${IS_SAME_TIME}) AS is_told,
          bool_or(earlier.state = 'waiting' AND earlier.message_id IS NOT NULL) AS is_blocked
        FROM alert_outbox AS earlier
        WHERE earlier.receiver_id = ${receiverId}::bigint
          AND earlier.fingerprint BETWEEN row.fingerprint AND row.fingerprint AND earlier.id + 0 < row.id
      ) AS told
      ORDER BY row.id`);
  }

  /** Takes back what a message tells, so that it can be put together anew. */
  async dissolve(tx: Queryable, messageId: string): Promise<void> {
    await tx.query(sql`
      UPDATE alert_outbox SET message_id = NULL WHERE message_id = ${messageId}::bigint AND state = 'waiting'`);
  }

  /** Gone without having been told: all of it was over. */
  async remove(tx: Queryable, messageId: string): Promise<void> {
    await tx.query(sql`DELETE FROM alert_messages WHERE id = ${messageId}::bigint AND state = 'waiting'`);
  }

  /** @param id of the message whose place it takes; undefined: a new one. Undefined when that one is being told */
  async put(tx: Queryable, draft: MessageDraft, id: string | undefined): Promise<WaitingMessage | undefined> {
    const [message] = await tx.query<WaitingMessage>(
      id === undefined
        ? sql`
          INSERT INTO alert_messages (tenant_id, receiver_id, key, group_key, alerts, due_at, created_at)
          VALUES (${draft.tenantId}, ${draft.receiverId}, ${draft.key}, ${draft.groupKey}, ${draft.rows.length},
            clock_timestamp(), clock_timestamp())
          RETURNING ${WAITING}`
        : sql`
          UPDATE alert_messages SET key = ${draft.key}, group_key = ${draft.groupKey}, alerts = ${draft.rows.length}
          WHERE id = ${id}::bigint AND state = 'waiting' AND is_untold RETURNING ${WAITING}`,
    );
    if (message === undefined) return undefined;
    // An object and not a join, which the planner would begin at either end.
    const incidents = Object.fromEntries(draft.rows.map(({ id, incident }) => [id, incident]));
    await tx.query(sql`
      UPDATE alert_outbox SET message_id = ${message.id}::bigint,
        incident = coalesce(${JSON.stringify(incidents)}::jsonb ->> id::text, ${incidentOf(draft, message.id)})
      WHERE id = ANY (${draft.rows.map(({ id }) => id)}::bigint[])`);
    return message;
  }

  /** Ends rows that are not told. */
  async finishRows(
    tx: Queryable,
    ids: readonly string[],
    state: 'collapsed' | 'dropped',
    reason: string,
  ): Promise<void> {
    if (ids.length === 0) return;
    await tx.query(sql`
      UPDATE alert_outbox SET state = ${state}, finished_at = clock_timestamp(), last_error = ${reason}
      WHERE id = ANY (${ids}::bigint[]) AND state = 'waiting'`);
  }

  /** What a message tells, in the order it came. */
  alerts(messageId: string): Promise<ToldAlert[]> {
    return this.db.query<ToldAlert>(sql`
      SELECT dedup_key AS "dedupKey", transition, incident, alert FROM alert_outbox
      WHERE message_id = ${messageId}::bigint AND state = 'waiting' ORDER BY id`);
  }

  /** Of the message's incidents, those in which something fires after it. */
  async openIncidents(receiverId: string, messageId: string): Promise<ReadonlySet<string>> {
    const mine = await this.db.query<{ incident: string }>(sql`
      SELECT DISTINCT incident FROM alert_outbox
      WHERE message_id = ${messageId}::bigint AND incident IS NOT NULL`);
    const rows = await this.db.query<{ incident: string }>(sql`
      SELECT DISTINCT latest.incident FROM (
        SELECT DISTINCT ON (row.incident, row.fingerprint, row.starts_at) row.incident, row.transition
        FROM alert_outbox AS row
        WHERE row.receiver_id = ${receiverId}::bigint AND row.incident = ANY (${mine.map(({ incident }) => incident)}::text[])
          AND (row.state = 'sent' OR row.message_id = ${messageId}::bigint
            OR (row.state = 'dead' AND row.transition = 'resolved'))
        ORDER BY row.incident, row.fingerprint, row.starts_at, row.id DESC
      ) AS latest WHERE latest.transition <> 'resolved'`);
    return new Set(rows.map(({ incident }) => incident));
  }

  /** Notes that an attempt begins: from here on its content is settled. False: it is not to be told like this any more. */
  async beginAttempt({ id, key }: WaitingMessage): Promise<boolean> {
    const begun = await this.db.execute(sql`
      UPDATE alert_messages SET attempts = attempts + 1, is_untold = false
      WHERE id = ${id}::bigint AND key = ${key} AND state = 'waiting'`);
    return begun === 1;
  }

  /**
   * Records that it was told; whoever comes first does. A sender that lost its lease has told it all the same, unless it
   * was put together anew meanwhile: the key says so.
   */
  async finish(tx: Queryable, { id, key }: WaitingMessage, isGateway: boolean): Promise<boolean> {
    const finished = await tx.execute(sql`
      WITH message AS (
        UPDATE alert_messages SET state = 'sent', finished_at = clock_timestamp(), last_error = NULL
        WHERE id = ${id}::bigint AND key = ${key} AND state = 'waiting' RETURNING id)
      UPDATE alert_outbox SET state = 'sent', finished_at = clock_timestamp()
      WHERE message_id = (SELECT id FROM message) AND state = 'waiting'`);
    if (isGateway && finished > 0) await tx.query(sql`SELECT pg_notify('alerting_notified', '')`);
    return finished > 0;
  }

  /** The message is tried again after `delayMs`. */
  async postpone(
    tx: Queryable,
    messageId: string,
    {
      delayMs,
      reason,
      isUntold,
    }: { readonly delayMs: number; readonly reason: string; readonly isUntold: boolean },
  ): Promise<void> {
    await tx.query(sql`
      UPDATE alert_messages SET last_error = ${reason}, is_untold = ${isUntold},
        due_at = clock_timestamp() + ${delayMs}::double precision * interval '1 millisecond'
      WHERE id = ${messageId}::bigint AND state = 'waiting'`);
  }

  /** Gives it up, with all that it was to tell. Answers the rules it was about. */
  async bury(tx: Queryable, messageId: string, reason: string, isUntold: boolean): Promise<string[]> {
    await tx.query(sql`
      UPDATE alert_messages SET state = 'dead', finished_at = clock_timestamp(), last_error = ${reason},
        is_untold = ${isUntold} WHERE id = ${messageId}::bigint AND state = 'waiting'`);
    const rows = await tx.query<{ ruleId: string }>(sql`
      WITH dead AS (
        UPDATE alert_outbox SET state = 'dead', finished_at = clock_timestamp(), last_error = ${reason}
        WHERE message_id = ${messageId}::bigint AND state = 'waiting' RETURNING rule_id)
      SELECT DISTINCT rule_id AS "ruleId" FROM dead ORDER BY rule_id`);
    return rows.map(({ ruleId }) => ruleId);
  }
}

/** Alerts of a group are one incident; those of a digest as well. */
function incidentOf({ receiverId, groupKey }: MessageDraft, messageId: string): string {
  return groupKey === null ? `${receiverId}:digest-${messageId}` : `${receiverId}:${groupKey}`;
}
