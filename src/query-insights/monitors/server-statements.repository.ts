import { Injectable } from '@nestjs/common';
import { identifier, joinSql, sql, type SqlFragment, trustedSql } from '../../kernel/sql.js';
import { MonitorDatabase } from '../../platform/database/index.js';
import type { StatementCounters, StatementRow, StatementsInfo } from './statement-deltas.js';

/** What is there of pg_stat_statements. */
export interface StatementsExtension {
  /** The server has loaded the library. */
  readonly isLoaded: boolean;
  /** The files are there, so that it can be created. */
  readonly isInstallable: boolean;
  /** Null while the extension is not in this database. */
  readonly schema: string | null;
  readonly version: string | null;
  /** Of the function pg_stat_statements, which differ by version. */
  readonly columns: readonly string[];
  readonly hasInfo: boolean;
  readonly mayReadAll: boolean;
}

/** Where a counter stands: names of the versions, the latest first. */
const COUNTER_COLUMNS: Readonly<Record<keyof StatementCounters, readonly string[]>> = {
  calls: ['calls'],
  rows: ['rows'],
  totalMs: ['total_exec_time', 'total_time'],
  planMs: ['total_plan_time'],
  blocksHit: ['shared_blks_hit'],
  blocksRead: ['shared_blks_read'],
  tempBlocksWritten: ['temp_blks_written'],
};

/** The counters of pg_stat_statements, in any of its versions. Never resets them. */
@Injectable()
export class ServerStatementsRepository {
  constructor(private readonly db: MonitorDatabase) {}

  async discover(): Promise<StatementsExtension> {
    const [row] = await this.db.query<StatementsExtension>(sql`
      SELECT current_setting('pg_stat_statements.max', true) IS NOT NULL AS "isLoaded",
        EXISTS (SELECT FROM pg_available_extensions WHERE name = 'pg_stat_statements') AS "isInstallable",
        n.nspname AS schema, e.extversion AS version,
        coalesce((SELECT p.proargnames FROM pg_proc p
          WHERE p.pronamespace = n.oid AND p.proname = 'pg_stat_statements'), '{}') AS columns,
        EXISTS (SELECT FROM pg_proc p
          WHERE p.pronamespace = n.oid AND p.proname = 'pg_stat_statements_info') AS "hasInfo",
        pg_has_role('pg_read_all_stats', 'USAGE') AS "mayReadAll"
      FROM (SELECT 1) one
      LEFT JOIN pg_extension e ON e.extname = 'pg_stat_statements'
      LEFT JOIN pg_namespace n ON n.oid = e.extnamespace`);
    return (
      row ?? {
        isLoaded: false,
        isInstallable: false,
        schema: null,
        version: null,
        columns: [],
        hasInfo: false,
        mayReadAll: false,
      }
    );
  }

  /** Makes the extension, where this role may. */
  async create(): Promise<void> {
    await this.db.query(sql`CREATE EXTENSION IF NOT EXISTS pg_stat_statements`);
  }

  async info({ schema, hasInfo }: StatementsExtension): Promise<StatementsInfo> {
    if (!hasInfo || schema === null) return { dealloc: null, statsReset: null };
    const [row] = await this.db.query<StatementsInfo>(sql`
      SELECT dealloc::double precision AS dealloc, stats_reset::text AS "statsReset"
      FROM ${identifier(schema)}.pg_stat_statements_info()`);
    return row ?? { dealloc: null, statsReset: null };
  }

  /** Counters of this database's statements, without their texts; the costliest `limit`. */
  counters({ schema, columns }: StatementsExtension, limit: number): Promise<StatementRow[]> {
    const counters = Object.entries(COUNTER_COLUMNS).map(
      ([name, known]) => sql`${counterOf(columns, known)} AS ${identifier(name)}`,
    );
    const toplevel = columns.includes('toplevel') ? sql`s.toplevel` : sql`true`;
    const since = columns.includes('stats_since') ? sql`s.stats_since::text` : sql`NULL::text`;
    return this.db.query<StatementRow>(sql`
      SELECT s.userid::text AS "userId", s.userid::regrole::text AS role, s.queryid::text AS "queryId", ${toplevel} AS "isTopLevel",
        ${since} AS since, ${joinSql(counters, ', ')}
      FROM ${identifier(schema ?? 'public')}.pg_stat_statements(false) s
      WHERE s.dbid = (SELECT oid FROM pg_database WHERE datname = current_database()) AND s.queryid IS NOT NULL
      ORDER BY "totalMs" DESC LIMIT ${limit}`);
  }

  /** Texts by query id. The server reads the file of all texts for it: ask for new ones alone, and seldom. */
  async texts({ schema }: StatementsExtension, queryIds: readonly string[]): Promise<Map<string, string>> {
    const rows = await this.db.query<{ queryId: string; text: string }>(sql`
      SELECT DISTINCT ON (s.queryid) s.queryid::text AS "queryId", left(s.query, 16384) AS text
      FROM ${identifier(schema ?? 'public')}.pg_stat_statements(true) s
      WHERE s.dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND s.queryid = ANY (${queryIds}::bigint[]) AND s.query IS NOT NULL`);
    return new Map(rows.map(({ queryId, text }) => [queryId, text]));
  }
}

/** Columns are compared with a list of our own, so that no name of the catalog gets into the statement. */
function counterOf(columns: readonly string[], known: readonly string[]): SqlFragment {
  const column = known.find((name) => columns.includes(name));
  return trustedSql(column === undefined ? '0::double precision' : `s.${column}::double precision`);
}
