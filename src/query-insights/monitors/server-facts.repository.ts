import { Injectable } from '@nestjs/common';
import { sql } from '../../kernel/sql.js';
import { MonitorDatabase } from '../../platform/database/index.js';

/** Counters of this database since its statistics were last reset. */
export interface DatabaseCounters {
  readonly sessions: number;
  readonly commits: number;
  readonly rollbacks: number;
  readonly blocksHit: number;
  readonly blocksRead: number;
  readonly tempFiles: number;
  readonly tempBytes: number;
  readonly deadlocks: number;
  readonly statsReset: string | null;
}

/** A table and how it is used, since its statistics were last reset. */
export interface TableFacts {
  readonly table: string;
  readonly bytes: number;
  readonly rows: number;
  readonly deadRows: number;
  readonly sequentialScans: number;
  readonly indexScans: number;
  readonly lastVacuumAt: Date | null;
  readonly lastAnalyzeAt: Date | null;
}

/** An index that is hardly used. */
export interface IndexFacts {
  readonly index: string;
  readonly table: string;
  readonly bytes: number;
  readonly scans: number;
}

/** A server that follows this one. */
export interface ReplicaFacts {
  readonly name: string;
  readonly state: string | null;
  readonly lagBytes: number | null;
  readonly replayLagMs: number | null;
}

/** How much of their transaction ids databases have used up since they were last frozen. */
export interface WraparoundFacts {
  readonly oldestTransactions: number;
  /** Autovacuum freezes by itself from here on; 2^31 is the end. */
  readonly freezeMaxAge: number;
}

/** What the server tells of itself. Sources: pg_stat_database, pg_stat_user_tables, pg_stat_replication, pg_database. */
@Injectable()
export class ServerFactsRepository {
  constructor(private readonly db: MonitorDatabase) {}

  async database(): Promise<DatabaseCounters | undefined> {
    const [row] = await this.db.query<DatabaseCounters>(
      sql`
      SELECT numbackends AS sessions, xact_commit::double precision AS commits,
        xact_rollback::double precision AS rollbacks, blks_hit::double precision AS "blocksHit",
        blks_read::double precision AS "blocksRead", temp_files::double precision AS "tempFiles",
        temp_bytes::double precision AS "tempBytes", deadlocks::double precision AS deadlocks,
        stats_reset::text AS "statsReset"
      FROM pg_stat_database WHERE datname = current_database()`,
      { prepareAs: 'insights_database' },
    );
    return row;
  }

  /** The largest tables by pages at the last vacuum; asking for the sizes of all of them would touch their files. */
  tables(limit: number): Promise<TableFacts[]> {
    return this.db.query<TableFacts>(sql`
      WITH largest AS (
        SELECT oid, relpages FROM pg_class
        WHERE relkind = 'r'
          AND relnamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
        ORDER BY relpages DESC LIMIT ${limit})
      SELECT s.relid::regclass::text AS table,
        largest.relpages::double precision * current_setting('block_size')::int AS bytes,
        n_live_tup::double precision AS rows, n_dead_tup::double precision AS "deadRows",
        seq_scan::double precision AS "sequentialScans", coalesce(idx_scan, 0)::double precision AS "indexScans",
        greatest(last_vacuum, last_autovacuum) AS "lastVacuumAt",
        greatest(last_analyze, last_autoanalyze) AS "lastAnalyzeAt"
      FROM largest JOIN pg_stat_user_tables s ON s.relid = largest.oid
      ORDER BY bytes DESC`);
  }

  /** Indexes that were never read, neither unique nor invalid ones, the largest first. */
  unusedIndexes(limit: number): Promise<IndexFacts[]> {
    return this.db.query<IndexFacts>(sql`
      SELECT s.indexrelid::regclass::text AS index, s.relid::regclass::text AS table,
        c.relpages::double precision * current_setting('block_size')::int AS bytes,
        s.idx_scan::double precision AS scans
      FROM pg_stat_user_indexes s
      JOIN pg_index i ON i.indexrelid = s.indexrelid
      JOIN pg_class c ON c.oid = s.indexrelid
      WHERE s.idx_scan = 0 AND NOT i.indisunique AND i.indisvalid
      ORDER BY c.relpages DESC LIMIT ${limit}`);
  }

  /** Empty on a server that has no replicas, and on a replica itself. */
  replicas(): Promise<ReplicaFacts[]> {
    return this.db.query<ReplicaFacts>(sql`
      SELECT application_name AS name, state,
        CASE WHEN NOT pg_is_in_recovery()
          THEN pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn)::double precision END AS "lagBytes",
        extract(epoch FROM replay_lag)::double precision * 1000 AS "replayLagMs"
      FROM pg_stat_replication ORDER BY application_name LIMIT 20`);
  }

  async wraparound(): Promise<WraparoundFacts | undefined> {
    const [row] = await this.db.query<WraparoundFacts>(sql`
      SELECT max(age(datfrozenxid))::double precision AS "oldestTransactions",
        current_setting('autovacuum_freeze_max_age')::double precision AS "freezeMaxAge"
      FROM pg_database`);
    return row;
  }
}
