import { sql } from '../../kernel/sql.js';
import { Database, type Queryable } from '../../platform/database/index.js';
import { Injectable } from '@nestjs/common';
import type { Claim } from '../claim.js';

/** A place in a queue is kept for a few missed questions. */
const PLACE_MS = 2_000;

/** Who has a lock, and whether the caller is the next one. */
export interface LockHolderRow {
  readonly claim: string;
  readonly remainingMs: number;
  readonly isNext: boolean;
}

/** Locks as leases in a table, and who waits for them. Time is the server's alone. */
@Injectable()
export class LockLeaseRepository {
  constructor(private readonly db: Database) {}

  /** Gives up the lock and the place in its queue. */
  async leave({ resource, id, value }: Claim): Promise<void> {
    await this.db.transaction(async (transaction: Queryable) => {
      await transaction.query(sql`DELETE FROM lock_waiters WHERE claim_id = ${id}`);
      await transaction.query(sql`DELETE FROM locks WHERE resource = ${resource} AND claim = ${value}`);
    });
  }

  /** False when it was somebody else's by then. */
  async release({ resource, value }: Claim): Promise<boolean> {
    const rows = await this.db.query(sql`
      DELETE FROM locks WHERE resource = ${resource} AND claim = ${value} AND expires_at > clock_timestamp()
      RETURNING resource`);
    return rows.length > 0;
  }

  /** False when it was somebody else's by then. */
  async extend({ resource, value, ttlMs }: Claim): Promise<boolean> {
    const rows = await this.db.query(sql`
      UPDATE locks SET expires_at = ${fromNow(ttlMs)}
      WHERE resource = ${resource} AND claim = ${value} AND expires_at > clock_timestamp()
      RETURNING resource`);
    return rows.length > 0;
  }

  /** The token, when the lock is free and nobody waits who came before, or when it is the caller's already. */
  async take({ resource, id, ownerId, value, ttlMs }: Claim): Promise<number | undefined> {
    const [row] = await this.db.query<{ token: number }>(sql`
      WITH ahead AS (
        SELECT FROM lock_waiters
        WHERE resource = ${resource} AND claim_id <> ${id} AND expires_at > clock_timestamp()
          AND ticket < coalesce((SELECT ticket FROM lock_waiters WHERE claim_id = ${id}), 9223372036854775807)
        LIMIT 1
      ), own AS (
        SELECT FROM locks WHERE resource = ${resource} AND claim = ${value} AND expires_at > clock_timestamp()
      ), taken AS (
        INSERT INTO locks AS held (resource, claim, owner_id, token, expires_at)
        SELECT ${resource}, ${value}, ${ownerId}, nextval('lock_numbers'), ${fromNow(ttlMs)}
        WHERE NOT EXISTS (SELECT FROM ahead) OR EXISTS (SELECT FROM own)
        ON CONFLICT (resource) DO UPDATE
          SET claim = excluded.claim, owner_id = excluded.owner_id, token = excluded.token,
              expires_at = excluded.expires_at
          WHERE held.expires_at <= clock_timestamp() OR held.claim = excluded.claim
        RETURNING token
      ), served AS (
        DELETE FROM lock_waiters WHERE claim_id = ${id} AND EXISTS (SELECT FROM taken)
      )
      SELECT token::double precision FROM taken`);
    return row?.token;
  }

  /** Takes a place in the queue, or keeps it. */
  async queue({ resource, id, ownerId }: Claim): Promise<void> {
    await this.db.query(sql`
      INSERT INTO lock_waiters (claim_id, resource, owner_id, expires_at)
      VALUES (${id}, ${resource}, ${ownerId}, ${fromNow(PLACE_MS)})
      ON CONFLICT (claim_id) DO UPDATE SET expires_at = excluded.expires_at`);
  }

  /** Undefined when nobody has it. */
  async holderOf({ resource, id }: Claim): Promise<LockHolderRow | undefined> {
    const [row] = await this.db.query<LockHolderRow>(sql`
      SELECT claim, extract(epoch FROM expires_at - clock_timestamp())::double precision * 1000 AS "remainingMs",
        coalesce((
          SELECT claim_id = ${id} FROM lock_waiters
          WHERE resource = ${resource} AND expires_at > clock_timestamp() ORDER BY ticket LIMIT 1
        ), true) AS "isNext"
      FROM locks WHERE resource = ${resource}`);
    return row;
  }

  /**
   * Owners from the holder to the caller, if each waits for what the next one holds. Two who close a circle at the
   * same moment both see it: it is for the one who came last to give up.
   */
  async cycleOf({ resource, id, ownerId }: Claim): Promise<readonly string[] | undefined> {
    const [row] = await this.db.query<{ owners: string[] }>(sql`
      WITH RECURSIVE path (owner_id, owners, latest) AS (
        SELECT owner_id, ARRAY[owner_id], 0::bigint FROM locks
        WHERE resource = ${resource} AND expires_at > clock_timestamp()
        UNION ALL
        SELECT held.owner_id, path.owners || held.owner_id, greatest(path.latest, waiter.ticket)
        FROM path
        JOIN lock_waiters AS waiter ON waiter.owner_id = path.owner_id AND waiter.expires_at > clock_timestamp()
        JOIN locks AS held ON held.resource = waiter.resource AND held.expires_at > clock_timestamp()
        WHERE path.owner_id <> ${ownerId} AND held.owner_id <> ALL (path.owners) AND cardinality(path.owners) < 64
      )
      SELECT owners FROM path
      WHERE owner_id = ${ownerId} AND cardinality(owners) > 1
        AND latest < (SELECT ticket FROM lock_waiters WHERE claim_id = ${id})
      LIMIT 1`);
    return row?.owners;
  }

  /** Removes leases and places in queues that ended long ago: their processes ended without a word. */
  async prune(): Promise<void> {
    await this.db.query(sql`DELETE FROM locks WHERE expires_at < clock_timestamp() - interval '1 hour'`);
    await this.db.query(
      sql`DELETE FROM lock_waiters WHERE expires_at < clock_timestamp() - interval '1 hour'`,
    );
  }
}

function fromNow(ms: number) {
  return sql`clock_timestamp() + ${ms}::double precision * interval '1 millisecond'`;
}
