import { identifier, sql } from '../../kernel/sql.js';
import type { Queryable } from '../../platform/database/index.js';
import type { WorkloadStatement } from './statement-analysis.js';

/** Statements by the counters of pg_stat_statements, which are never reset here. */
export class RecordedWorkloadRepository {
  constructor(private readonly db: Queryable) {}

  /** Where the extension was created, and may be read. */
  async statementsSchema(): Promise<string | undefined> {
    const [row] = await this.db.query<{ schema: string }>(sql`
      SELECT n.nspname::text AS schema FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
      WHERE e.extname = 'pg_stat_statements'
        AND current_setting('pg_stat_statements.max', true) IS NOT NULL`);
    return row?.schema;
  }

  /**
   * Those of this database that read or write rows, longest total time first. Times in ms; values are $n. Planning runs
   * stable functions with our rights: only statements of roles that have these rights anyway are taken.
   */
  statements(schema: string, limit: number): Promise<WorkloadStatement[]> {
    return this.db.query<WorkloadStatement>(sql`
      SELECT query AS text, sum(calls)::float8 AS calls, (sum(total_exec_time) / sum(calls))::float8 AS "meanMs"
      FROM ${identifier(schema)}.pg_stat_statements(true) s
      WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database()) AND calls > 0
        AND pg_has_role(s.userid, (SELECT oid FROM pg_roles WHERE rolname = current_user), 'MEMBER')
        AND query ~* '^\\s*(/\\*.*?\\*/\\s*)?(SELECT|WITH|INSERT|UPDATE|DELETE|MERGE)\\M'
        AND query !~* '\\m(pg_catalog|pg_stat|pg_class|information_schema)'
      GROUP BY query ORDER BY sum(total_exec_time) DESC LIMIT ${limit}`);
  }
}
