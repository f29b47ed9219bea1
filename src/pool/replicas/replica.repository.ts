import { sql, type SqlFragment } from '../../kernel/sql.js';
import type { Database } from '../../platform/database/index.js';

const ANSWER_MS = 1_000;

/** Where a server stands in the write-ahead log. */
export interface ServerPosition {
  /** Equal for a primary and its replicas. */
  readonly systemId: string;
  readonly databaseName: string;
  readonly isInRecovery: boolean;
  /** Bytes since the beginning: written by a primary, replayed by a replica; null before a replica has replayed any. */
  readonly walBytes: number | null;
  /** Ms since 1970 by the server's own clock. */
  readonly clockMs: number;
  /** When the last transaction that was replayed was committed, by the primary's clock; null on a primary, or without any. */
  readonly replayedAtMs: number | null;
}

const POSITION: SqlFragment = sql`
  SELECT s.system_identifier::text AS "systemId", current_database() AS "databaseName",
    pg_is_in_recovery() AS "isInRecovery",
    pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END,
      '0/0')::float8 AS "walBytes",
    (1000 * extract(epoch FROM clock_timestamp()))::float8 AS "clockMs",
    (1000 * extract(epoch FROM pg_last_xact_replay_timestamp()))::float8 AS "replayedAtMs"
  FROM pg_control_system() s`;

/** Asks a server where it stands. */
export class ReplicaRepository {
  constructor(private readonly db: Database) {}

  /** One round trip. @throws DatabaseUnavailableError */
  async position(): Promise<ServerPosition | undefined> {
    const [position] = await this.db.read<ServerPosition>(POSITION, { timeoutMs: ANSWER_MS });
    return position;
  }
}
