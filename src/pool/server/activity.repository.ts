import { Injectable } from '@nestjs/common';
import { sql } from '../../kernel/sql.js';
import { MonitorDatabase } from '../../platform/database/index.js';

/** A server that does not answer at once is itself the news. */
const ANSWER_MS = 1_000;
const MOST_ROWS = 100;

/** What the server says one of our connections does. */
export interface BackendState {
  readonly pid: number;
  /** Tells one process from a later one with the same id. */
  readonly backendStart: string;
  readonly state: string | null;
  readonly waitEventType: string | null;
  readonly waitEvent: string | null;
  readonly query: string | null;
  readonly stateMs: number | null;
  readonly transactionMs: number | null;
  /** Those it waits for; empty when it does not wait for a lock. */
  readonly blockedBy: readonly number[];
}

/** A statement that runs for long, in anybody's connection to this database. */
export interface RunningStatement extends BackendState {
  readonly queryStart: string;
  readonly queryId: string | null;
  readonly runningMs: number;
  readonly userName: string | null;
  readonly applicationName: string;
  readonly isSuperuser: boolean;
}

/** Which statement is meant: the same process, still at the same statement. */
export type StatementIdentity = Pick<RunningStatement, 'pid' | 'backendStart' | 'queryStart' | 'queryId'>;

const STATE_COLUMNS = sql`
  a.pid, a.backend_start::text AS "backendStart", a.state, a.wait_event_type AS "waitEventType",
  a.wait_event AS "waitEvent", a.query,
  (1000 * extract(epoch FROM clock_timestamp() - a.state_change))::float8 AS "stateMs",
  (1000 * extract(epoch FROM clock_timestamp() - a.xact_start))::float8 AS "transactionMs",
  CASE WHEN a.wait_event_type = 'Lock' THEN pg_blocking_pids(a.pid) ELSE '{}' END AS "blockedBy"`;

/** Asks pg_stat_activity, beside the pool. */
@Injectable()
export class ActivityRepository {
  constructor(private readonly db: MonitorDatabase) {}

  /** One round trip; ids without a process are left out. */
  states(pids: readonly number[]): Promise<BackendState[]> {
    return this.db.read<BackendState>(
      sql`SELECT ${STATE_COLUMNS} FROM pg_stat_activity a WHERE a.pid = ANY(${pids}::integer[])`,
      { timeoutMs: ANSWER_MS },
    );
  }

  /** Client statements in this database that run for `minMs` or longer, longest first; 100 at most. */
  longRunning(minMs: number): Promise<RunningStatement[]> {
    return this.db.read<RunningStatement>(
      sql`
        SELECT ${STATE_COLUMNS}, a.query_start::text AS "queryStart", a.query_id::text AS "queryId",
          (1000 * extract(epoch FROM clock_timestamp() - a.query_start))::float8 AS "runningMs",
          a.usename AS "userName", a.application_name AS "applicationName",
          coalesce(r.rolsuper, true) AS "isSuperuser"
        FROM pg_stat_activity a LEFT JOIN pg_roles r ON r.oid = a.usesysid
        WHERE a.datname = current_database() AND a.backend_type = 'client backend'
          AND a.state IN ('active', 'fastpath function call') AND a.pid <> pg_backend_pid()
          AND a.query_start <= clock_timestamp() - ${minMs} * interval '1 millisecond'
        ORDER BY a.query_start LIMIT ${MOST_ROWS}`,
      { timeoutMs: ANSWER_MS },
    );
  }

  /**
   * Cancels the statement, if it still is the one that is meant and may be ended.
   * Answers whether the server was told to; it may end a moment later.
   */
  cancel(statement: StatementIdentity, spared: readonly string[]): Promise<boolean> {
    return this.signal(statement, spared, 'cancel');
  }

  /** Ends the connection of the statement; otherwise as `cancel`. */
  terminate(statement: StatementIdentity, spared: readonly string[]): Promise<boolean> {
    return this.signal(statement, spared, 'terminate');
  }

  /** All that was seen before is checked again where the signal is sent. */
  private async signal(
    { pid, backendStart, queryStart, queryId }: StatementIdentity,
    spared: readonly string[],
    how: 'cancel' | 'terminate',
  ): Promise<boolean> {
    const act = how === 'cancel' ? sql`pg_cancel_backend(a.pid)` : sql`pg_terminate_backend(a.pid)`;
    const rows = await this.db.query<{ isSent: boolean }>(
      sql`
        SELECT ${act} AS "isSent"
        FROM pg_stat_activity a JOIN pg_roles r ON r.oid = a.usesysid
        WHERE a.pid = ${pid} AND a.backend_start::text = ${backendStart}
          AND a.query_start::text = ${queryStart} AND a.query_id::text IS NOT DISTINCT FROM ${queryId}::text
          AND a.datname = current_database() AND a.backend_type = 'client backend'
          AND a.state IN ('active', 'fastpath function call') AND a.pid <> pg_backend_pid()
          AND NOT r.rolsuper AND NOT r.rolreplication AND a.application_name <> ALL(${spared}::text[])`,
      { timeoutMs: ANSWER_MS },
    );
    return rows.some(({ isSent }) => isSent);
  }
}
