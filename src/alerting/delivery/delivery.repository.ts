import { Injectable } from '@nestjs/common';
import { sql } from '../../kernel/sql.js';
import { Database, type Queryable } from '../../platform/database/index.js';

/** A sender that does not prolong its lease for so long has lost it: it is dead, or stands still. */
export const LEASE_MS = 6_000;

/** The right to tell one receiver. */
export interface Lease {
  readonly receiverId: string;
  readonly owner: string;
  /** When it was given, by the database's clock. */
  readonly at: Date;
  readonly failures: number;
  /** How far its messages are ahead of its pace; below 0: not at all. */
  readonly paidMs: number;
  /** The receiver was changed after failures: what waits for another attempt need not wait. */
  readonly isEdited: boolean;
}

/** How a receiver is left. */
export interface LeaseEnd {
  readonly failures: number;
  /** Nothing goes to it for so long. */
  readonly pauseMs: number;
  /** How far it may be ahead of its pace. */
  readonly slackMs: number;
}

/** In which messages to a receiver were lost. */
export interface FailingTime {
  readonly since: Date;
  readonly at: Date;
}

/** Writes alert_deliveries: who serves which receiver. Time is the server's alone. */
@Injectable()
export class DeliveryRepository {
  constructor(private readonly db: Database) {}

  /**
   * Leases a receiver for which something is due; the one that had its turn longest ago first. Asked every second: the
   * least of each is one look at an index, where EXISTS would be taken for easy, and read all groups of every receiver.
   */
  async claim(owner: string): Promise<Lease | undefined> {
    const [lease] = await this.db.query<Lease>(
      sql`
      WITH next AS (
        SELECT delivery.receiver_id, receiver.version,
          delivery.receiver_version <> receiver.version AND delivery.failures > 0 AS is_edited
        FROM alert_deliveries AS delivery JOIN alert_receivers AS receiver ON receiver.id = delivery.receiver_id
        WHERE (delivery.lease_until IS NULL OR delivery.lease_until <= clock_timestamp())
          AND (delivery.ready_at <= clock_timestamp()
            OR (delivery.receiver_version <> receiver.version AND delivery.failures > 0))
          AND ((
            SELECT min(known.due_at) FROM alert_groups AS known WHERE known.receiver_id = delivery.receiver_id
          ) <= clock_timestamp() OR (
            SELECT min(message.due_at) FROM alert_messages AS message
            WHERE message.receiver_id = delivery.receiver_id AND message.state = 'waiting'
          ) <= CASE WHEN delivery.receiver_version <> receiver.version AND delivery.failures > 0 THEN 'infinity'
            ELSE clock_timestamp() END)
        ORDER BY delivery.ready_at LIMIT 1 FOR UPDATE OF delivery SKIP LOCKED
      )
      UPDATE alert_deliveries AS delivery SET lease_owner = ${owner}, receiver_version = next.version,
        lease_until = ${fromNow(LEASE_MS)}
      FROM next WHERE delivery.receiver_id = next.receiver_id
      RETURNING delivery.receiver_id AS "receiverId", ${owner}::text AS owner, clock_timestamp() AS at,
        delivery.failures, next.is_edited AS "isEdited",
        extract(epoch FROM greatest(delivery.paced_until, '2000-01-01') - clock_timestamp())::float8 * 1000 AS "paidMs"`,
      { prepareAs: 'alert-claim' },
    );
    return lease;
  }

  /** False when somebody else has it, or the receiver is gone. */
  async prolong({ receiverId, owner }: Lease): Promise<boolean> {
    const kept = await this.db.execute(sql`
      UPDATE alert_deliveries SET lease_until = ${fromNow(LEASE_MS)}
      WHERE receiver_id = ${receiverId}::bigint AND lease_owner = ${owner}`);
    return kept === 1;
  }

  /** Keeps it until the transaction ends; false when somebody else has it, or the receiver is gone. */
  async hold(tx: Queryable, { receiverId, owner }: Lease): Promise<boolean> {
    // Before all else: whoever deletes the receiver takes its lock first, too.
    await tx.query(sql`SELECT FROM alert_receivers WHERE id = ${receiverId}::bigint FOR KEY SHARE`);
    const rows = await tx.query(sql`
      SELECT FROM alert_deliveries WHERE receiver_id = ${receiverId}::bigint AND lease_owner = ${owner}
      FOR NO KEY UPDATE`);
    return rows.length > 0;
  }

  /** Notes what a message counts for. */
  async pay(tx: Queryable, { receiverId }: Lease, paidMs: number): Promise<void> {
    await tx.query(sql`
      UPDATE alert_deliveries SET paced_until = ${fromNow(paidMs)} WHERE receiver_id = ${receiverId}::bigint`);
  }

  /** Gives the receiver back. What it was given back as before is overwritten only by who has it. */
  async release(tx: Queryable, { receiverId, owner }: Lease, end: LeaseEnd): Promise<void> {
    await tx.query(sql`
      UPDATE alert_deliveries
      SET lease_owner = NULL, lease_until = NULL, failures = ${end.failures},
        ready_at = greatest(${fromNow(end.pauseMs)}, paced_until - ${end.slackMs}::float8 * interval '1 millisecond')
      WHERE receiver_id = ${receiverId}::bigint AND lease_owner = ${owner}`);
  }

  /** Since when messages to the receiver are lost, from now on if not before. */
  async beginFailing(tx: Queryable, receiverId: string): Promise<Date | undefined> {
    const [row] = await tx.query<{ since: Date }>(sql`
      UPDATE alert_deliveries SET failing_since = coalesce(failing_since, date_trunc('milliseconds', clock_timestamp()))
      WHERE receiver_id = ${receiverId}::bigint RETURNING failing_since AS since`);
    return row?.since;
  }

  /** Since when they were lost, and now; undefined: they were not. */
  async endFailing(tx: Queryable, receiverId: string): Promise<FailingTime | undefined> {
    const [row] = await tx.query<FailingTime>(sql`
      UPDATE alert_deliveries AS delivery SET failing_since = NULL
      FROM alert_deliveries AS before
      WHERE delivery.receiver_id = ${receiverId}::bigint AND before.receiver_id = delivery.receiver_id
        AND before.failing_since IS NOT NULL
      RETURNING before.failing_since AS since, clock_timestamp() AS at`);
    return row;
  }

  /** Tells senders of all instances that there is something to do. Never rejects: it is a hint. */
  async announce(): Promise<void> {
    await this.db.query(sql`SELECT pg_notify('alerting_work', '')`).catch(() => undefined);
  }
}

function fromNow(ms: number) {
  return sql`clock_timestamp() + ${ms}::double precision * interval '1 millisecond'`;
}
