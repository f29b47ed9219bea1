import { Injectable } from '@nestjs/common';
import { sql } from '../../kernel/sql.js';
import { MonitorDatabase } from '../../platform/database/index.js';

/** A session of this database that does something, or keeps a transaction open. */
export interface SessionSample {
  readonly pid: number;
  /** As pg_stat_activity has it: `active`, `idle in transaction`, ... */
  readonly state: string;
  /** `Lock`, `IO`, `LWLock`, ...; null while it works. */
  readonly waitType: string | null;
  readonly waitEvent: string | null;
  readonly queryId: string | null;
  /** Who it waits for; null unless it waits for a lock, empty when the lock has just been had. */
  readonly blockedBy: readonly number[] | null;
}

/** More about a session that waits for a lock, or is waited for. */
export interface SessionDetails {
  readonly pid: number;
  readonly state: string | null;
  readonly user: string | null;
  readonly application: string | null;
  readonly queryId: string | null;
  /** May hold literals, and belong to others; null when the server does not tell. */
  readonly query: string | null;
  /** Age of the open transaction; null without one. */
  readonly transactionMs: number | null;
  /** For how long it has been in this state. */
  readonly stateMs: number | null;
  readonly lockType: string | null;
  readonly lockMode: string | null;
  /** Where the lock is, or the row whose transaction it waits for. */
  readonly relation: string | null;
  /** How long it has waited; null when it does not, or has for less than the server takes to note it. */
  readonly waitMs: number | null;
}

/** A session that keeps a transaction open and does nothing. */
export interface IdleTransaction {
  readonly pid: number;
  readonly user: string | null;
  readonly application: string | null;
  readonly idleMs: number;
  readonly transactionMs: number;
}

/** What sessions do at this moment. Source: pg_stat_activity and pg_locks. */
@Injectable()
export class ActivityRepository {
  constructor(private readonly db: MonitorDatabase) {}

  /** Whether the server shows what sessions of other roles do. */
  async canSeeAll(): Promise<boolean> {
    const [row] = await this.db.query<{ isAllowed: boolean }>(sql`
      SELECT pg_has_role('pg_read_all_stats', 'USAGE') AS "isAllowed"`);
    return row?.isAllowed === true;
  }

  /**
   * Sessions of this database that are not idle. Asks who blocks whom for those alone that wait for a lock: the
   * question stops the lock manager for a moment.
   */
  sample(): Promise<SessionSample[]> {
    return this.db.query<SessionSample>(
      sql`
      SELECT pid, state, wait_event_type AS "waitType", wait_event AS "waitEvent", query_id::text AS "queryId",
        CASE WHEN wait_event_type = 'Lock' THEN pg_blocking_pids(pid) END AS "blockedBy"
      FROM pg_stat_activity
      WHERE datname = current_database() AND state <> 'idle' AND pid <> pg_backend_pid()`,
      { prepareAs: 'insights_activity' },
    );
  }

  /** Sessions by number, of this database or another; ms as seen by the server's clock. */
  details(pids: readonly number[]): Promise<SessionDetails[]> {
    return this.db.query<SessionDetails>(sql`
      SELECT a.pid, a.state, a.usename AS user, a.application_name AS application, a.query_id::text AS "queryId",
        left(a.query, 4096) AS query,
        extract(epoch FROM clock_timestamp() - a.xact_start)::double precision * 1000 AS "transactionMs",
        extract(epoch FROM clock_timestamp() - a.state_change)::double precision * 1000 AS "stateMs",
        l.locktype AS "lockType", l.mode AS "lockMode",
        coalesce(CASE WHEN l.database = d.oid THEN l.relation END, row_of.relation)::regclass::text AS relation,
        extract(epoch FROM clock_timestamp() - l.waitstart)::double precision * 1000 AS "waitMs"
      FROM pg_stat_activity a
      CROSS JOIN (SELECT oid FROM pg_database WHERE datname = current_database()) d
      LEFT JOIN (SELECT DISTINCT ON (pid) pid, locktype, mode, database, relation, waitstart
        FROM pg_locks WHERE NOT granted ORDER BY pid, waitstart) l ON l.pid = a.pid
      LEFT JOIN (SELECT pid, database, max(relation) AS relation
        FROM pg_locks WHERE granted AND locktype = 'tuple' GROUP BY pid, database) row_of
        ON row_of.pid = a.pid AND row_of.database = d.oid
      WHERE a.pid = ANY (${pids})`);
  }

  /** Sessions that have done nothing in an open transaction for as long, longest first; 20 at most. */
  idleTransactions(olderThanMs: number): Promise<IdleTransaction[]> {
    return this.db.query<IdleTransaction>(sql`
      SELECT pid, usename AS user, application_name AS application,
        extract(epoch FROM clock_timestamp() - state_change)::double precision * 1000 AS "idleMs",
        extract(epoch FROM clock_timestamp() - xact_start)::double precision * 1000 AS "transactionMs"
      FROM pg_stat_activity
      WHERE datname = current_database() AND state LIKE 'idle in transaction%' AND pid <> pg_backend_pid()
        AND clock_timestamp() - state_change > ${olderThanMs}::double precision * interval '1 millisecond'
      ORDER BY state_change LIMIT 20`);
  }
}
