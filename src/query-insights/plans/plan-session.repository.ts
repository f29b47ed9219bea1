import { identifier, joinSql, sql, type SqlFragment, trustedSql } from '../../kernel/sql.js';
import type { CatalogSession } from './catalog.repository.js';

/** Bounds of one plan. */
export interface PlanLimits {
  readonly statementTimeoutMs: number;
  readonly lockTimeoutMs: number;
}

/** What the connection is, before it gave anything up. */
export interface SessionFacts {
  readonly isSuperuser: boolean;
  /** May become pg_read_all_data, which reads every table and writes none. */
  readonly canOnlyRead: boolean;
  readonly role: string;
  readonly serverVersion: number;
  readonly workMemBytes: number;
  /** Schemas in which the role's unqualified names are looked for, without pg_catalog, in order. */
  readonly path: readonly string[];
}

/** A plan as PostgreSQL's JSON has it. */
export type PlanJson = Readonly<Record<string, unknown>>;

const CATALOG = 'pg_catalog';
const READER = 'pg_read_all_data';
const PREPARED = 'plimsoll_plan';
/** Planning time grows with the factorial of what is joined without a bound. */
const JOINS_AT_ONCE = '8';
const MOST_TEMPORARY = '256MB';

/** The transaction in which one statement is planned, and what is told of it. */
export const planSession = {
  async begin(session: CatalogSession, { statementTimeoutMs, lockTimeoutMs }: PlanLimits): Promise<void> {
    await session.query(sql`BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY`);
    await setLocally(session, {
      statement_timeout: String(statementTimeoutMs),
      lock_timeout: String(lockTimeoutMs),
      idle_in_transaction_session_timeout: '10000',
      standard_conforming_strings: 'on',
      // For questions to the catalogs; the statement itself gets its own.
      plan_cache_mode: 'force_generic_plan',
      row_security: 'on',
      join_collapse_limit: JOINS_AT_ONCE,
      from_collapse_limit: JOINS_AT_ONCE,
      geqo: 'on',
      jit: 'off',
    });
  },

  async facts(session: CatalogSession): Promise<SessionFacts> {
    const [facts] = await session.query<SessionFacts>(sql`
      SELECT current_setting('is_superuser') = 'on' AS "isSuperuser", current_user::text AS role,
        EXISTS (SELECT FROM pg_roles WHERE rolname = ${READER} AND pg_has_role(session_user, oid, 'MEMBER'))
          AS "canOnlyRead", current_setting('server_version_num')::int AS "serverVersion",
        pg_size_bytes(current_setting('work_mem'))::float8 AS "workMemBytes",
        array_remove(current_schemas(false), ${CATALOG}::name)::text[] AS path`);
    return (
      facts ?? {
        isSuperuser: false,
        canOnlyRead: false,
        role: '',
        serverVersion: 0,
        workMemBytes: 4_194_304,
        path: [],
      }
    );
  },

  /** Names mean what they mean in pg_catalog alone: for questions to the catalogs. */
  async lookIntoCatalogs(session: CatalogSession, wasTold: boolean): Promise<void> {
    await setLocally(session, { ...(wasTold && { debug_print_rewritten: 'off' }), search_path: CATALOG });
  },

  /** Names mean what they will mean for the statement; with `isTold` the session hears what it was resolved to. */
  async lookInto(session: CatalogSession, schemas: readonly string[], isTold: boolean): Promise<void> {
    const path = schemas.map((name) => identifier(name).compile().text).join(', ');
    await setLocally(session, { search_path: path, ...(isTold && { debug_print_rewritten: 'on' }) });
  },

  /** Keeps what a superuser's statement may do small: before the rights to say so are given up. */
  async giveUpRights(session: CatalogSession, { isSuperuser, canOnlyRead }: SessionFacts): Promise<void> {
    await setLocally(session, {
      ...(isSuperuser && {
        temp_file_limit: MOST_TEMPORARY,
        // The tree goes to this session, and not into the server's log.
        log_min_messages: 'panic',
        client_min_messages: 'log',
        debug_pretty_print: 'off',
      }),
      search_path: CATALOG,
      ...(canOnlyRead && { role: READER }),
    });
  },

  /** Parses the statement without planning it: `text` is what the guard has let through. */
  async prepare(session: CatalogSession, text: string): Promise<void> {
    await session.query(trustedSql(`PREPARE ${PREPARED} AS ${text}`));
  },

  /** Types of the parameters, as object ids. */
  async parameterTypes(session: CatalogSession): Promise<number[]> {
    const [row] = await session.query<{ types: number[] }>(sql`
      SELECT parameter_types::oid[]::bigint[]::float8[] AS types FROM pg_prepared_statements WHERE name = ${PREPARED}`);
    return row?.types ?? [];
  },

  /** The plan; of a statement with parameters the one for these values, or without values the one for any. */
  async explain(
    session: CatalogSession,
    {
      literals,
      isGeneric,
      isAnalyzed,
    }: { literals: readonly SqlFragment[]; isGeneric: boolean; isAnalyzed: boolean },
  ): Promise<PlanJson> {
    await setLocally(session, {
      plan_cache_mode: isGeneric ? 'force_generic_plan' : 'force_custom_plan',
      // What runs takes one processor; what is planned alone is planned as it would be anywhere.
      ...(isAnalyzed && { max_parallel_workers_per_gather: '0' }),
    });
    const options = trustedSql(
      `FORMAT JSON, VERBOSE, SETTINGS${isAnalyzed ? ', ANALYZE, BUFFERS, TIMING, SUMMARY' : ''}`,
    );
    const values = literals.length === 0 ? sql`` : sql`(${joinSql(literals, ', ')})`;
    const [row] = await session.query<{ 'QUERY PLAN': readonly PlanJson[] }>(
      sql`EXPLAIN (${options}) EXECUTE ${identifier(PREPARED)}${values}`,
    );
    return row?.['QUERY PLAN'][0] ?? {};
  },

  /** Takes back everything of the transaction; its settings end with it. */
  async rollBack(session: CatalogSession): Promise<void> {
    await session.query(sql`ROLLBACK`);
  },

  /** Of a session in which one statement was planned and nothing went wrong, this is all that is left. */
  async forgetStatement(session: CatalogSession): Promise<void> {
    await session.query(sql`DEALLOCATE ${identifier(PREPARED)}`);
  },

  /** A place in the transaction to come back to. */
  async mark(session: CatalogSession): Promise<void> {
    await session.query(sql`SAVEPOINT attempt`);
  },

  async returnToMark(session: CatalogSession, wasTold: boolean): Promise<void> {
    await session.query(sql`ROLLBACK TO SAVEPOINT attempt`);
    await planSession.lookIntoCatalogs(session, wasTold);
  },
};

/** A value of a parameter, quoted: PREPARE takes no values from outside. */
export function literal(value: string | null): SqlFragment {
  return value === null ? sql`NULL` : trustedSql(`'${value.replaceAll("'", "''")}'`);
}

async function setLocally(
  session: CatalogSession,
  settings: Readonly<Record<string, string>>,
): Promise<void> {
  const entries = Object.entries(settings);
  if (entries.length === 0) return;
  const calls = entries.map(([name, value]) => sql`set_config(${name}, ${value}, true)`);
  await session.query(sql`SELECT ${joinSql(calls, ', ')}`);
}
