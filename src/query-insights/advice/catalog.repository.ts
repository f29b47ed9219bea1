import { sql, type SqlFragment } from '../../kernel/sql.js';
import type { Queryable } from '../../platform/database/index.js';

/** A row of the catalog as the server sends it: JSON of one table. */
export interface TableRow {
  readonly oid: string;
  readonly schema: string;
  readonly name: string;
  readonly isVisible: boolean;
  readonly kind: string;
  readonly rootOid: string | null;
  readonly rows: number;
  readonly pages: number;
  readonly allVisiblePages: number;
  readonly knownPages: number;
  readonly columns: readonly ColumnRow[];
  readonly indexes: readonly IndexRow[];
  readonly foreignKeys: readonly {
    readonly name: string;
    readonly columns: readonly string[];
    readonly referenced: string;
  }[];
  readonly inserts: number;
  readonly updates: number;
  readonly hotUpdates: number;
  readonly deletes: number;
}

export interface ColumnRow {
  readonly name: string;
  readonly type: string;
  readonly category: string;
  readonly isOrderable: boolean;
  readonly nDistinct: number;
  readonly nullShare: number;
  readonly widthBytes: number;
  readonly correlation: number;
  readonly commonShares: readonly number[] | null;
  readonly hasCCollation: boolean;
}

export interface IndexRow {
  readonly name: string;
  readonly method: string;
  readonly isUnique: boolean;
  readonly isPrimary: boolean;
  readonly isConstraint: boolean;
  readonly isValid: boolean;
  readonly pages: number;
  readonly scans: number;
  readonly predicate: string | null;
  readonly keyCount: number;
  readonly parts: readonly IndexPartRow[];
}

export interface IndexPartRow {
  readonly column: string | null;
  readonly expression: string;
  readonly isDescending: boolean;
  readonly isNullsFirst: boolean;
  readonly opclass: string | null;
}

export interface FunctionRow {
  readonly name: string;
  readonly argumentTypes: readonly string[];
  readonly resultType: string;
  readonly isImmutable: boolean;
}

export interface ServerRow {
  readonly settings: Readonly<Record<string, string>>;
  readonly extensions: readonly string[];
  readonly hypopgSchema: string | null;
}

export interface CastRow {
  readonly from: string;
  readonly to: string;
  readonly isImmutable: boolean;
  readonly isBinary: boolean;
}

/** What advice reads of pg_catalog and the statistics views: AccessShareLock at most, and no table of the user. */
export class CatalogRepository {
  constructor(private readonly db: Queryable) {}

  /** Settings that costs depend on, sizes in bytes, and the extensions that are created. */
  async server(): Promise<ServerRow> {
    const [row] = await this.db.query<ServerRow>(sql`
      SELECT (SELECT json_object_agg(name, CASE WHEN name IN ('effective_cache_size', 'work_mem')
          THEN pg_size_bytes(current_setting(name))::text ELSE current_setting(name) END)
          FROM unnest(ARRAY['seq_page_cost', 'random_page_cost', 'cpu_tuple_cost', 'cpu_index_tuple_cost',
            'cpu_operator_cost', 'effective_cache_size', 'work_mem', 'server_version_num']) AS name) AS settings,
        ARRAY(SELECT extname::text FROM pg_extension) AS extensions,
        (SELECT n.nspname::text FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
          WHERE e.extname = 'hypopg') AS "hypopgSchema"`);
    return row ?? { settings: {}, extensions: [], hypopgSchema: null };
  }

  /** Casts between types that are written as functions or relabel a value; types by format_type. */
  casts(): Promise<CastRow[]> {
    return this.db.query<CastRow>(sql`
      SELECT format_type(castsource, NULL) AS "from", format_type(casttarget, NULL) AS "to",
        coalesce(p.provolatile = 'i', castmethod = 'b') AS "isImmutable", castmethod = 'b' AS "isBinary"
      FROM pg_cast c LEFT JOIN pg_proc p ON p.oid = c.castfunc`);
  }

  /** Overloads of functions by bare name, that no set returns. */
  functions(names: readonly string[]): Promise<FunctionRow[]> {
    return this.db.query<FunctionRow>(sql`
      SELECT CASE WHEN pg_function_is_visible(p.oid) THEN p.proname::text
          ELSE n.nspname || '.' || p.proname END AS name,
        ARRAY(SELECT format_type(t, NULL) FROM unnest(p.proargtypes::oid[]) WITH ORDINALITY AS a(t, at) ORDER BY at)
          AS "argumentTypes",
        format_type(p.prorettype, NULL) AS "resultType", p.provolatile = 'i' AS "isImmutable"
      FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
      WHERE p.proname = ANY (${names}::text[]) AND NOT p.proretset AND p.prokind = 'f'`);
  }

  /** Tables by schema and name, with the partitioned tables above them. Rows are estimates. */
  tables(schemas: readonly string[], names: readonly string[]): Promise<TableRow[]> {
    return this.db.query<TableRow>(sql`
      WITH named AS (
        SELECT c.oid FROM unnest(${schemas}::text[], ${names}::text[]) AS wanted(schema, name)
        JOIN pg_namespace n ON n.nspname = wanted.schema
        JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = wanted.name
      ), wanted AS (
        SELECT oid FROM named
        UNION
        SELECT pg_partition_root(oid)::oid FROM named WHERE pg_partition_root(oid) IS NOT NULL
      )
      ${TABLES}`);
  }

  /** All tables of users, largest first. */
  userTables(limit: number): Promise<TableRow[]> {
    return this.db.query<TableRow>(sql`
      WITH wanted AS (
        SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'p') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
        ORDER BY c.relpages DESC LIMIT ${limit}
      )
      ${TABLES}`);
  }

  /** Foreign keys of other tables that point at these. */
  referencing(oids: readonly string[]): Promise<{ readonly schema: string; readonly name: string }[]> {
    return this.db.query(sql`
      SELECT DISTINCT n.nspname::text AS schema, c.relname::text AS name
      FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE k.contype = 'f' AND k.confrelid = ANY (${oids}::oid[])`);
  }

  /** When the counters of index scans began; null for the start of the server's life. */
  async statisticsAgeDays(now: Date): Promise<number | null> {
    const [row] = await this.db.query<{ days: number | null }>(sql`
      SELECT extract(epoch FROM ${now}::timestamptz - stats_reset)::float8 / 86400 AS days
      FROM pg_stat_database WHERE datname = current_database()`);
    return row?.days ?? null;
  }
}

/** One row a table of `wanted`, its parts as JSON: one question instead of five. */
const TABLES: SqlFragment = sql`
  SELECT c.oid::text, n.nspname::text AS schema, c.relname::text AS name,
    pg_table_is_visible(c.oid) AS "isVisible", c.relkind::text AS kind,
    (CASE WHEN c.relispartition THEN pg_partition_root(c.oid) END)::oid::text AS "rootOid",
    greatest(c.reltuples, 0)::float8 AS rows,
    CASE WHEN c.relkind IN ('r', 'm', 't') THEN pg_relation_size(c.oid) / current_setting('block_size')::bigint
      ELSE 0 END::float8 AS pages,
    c.relallvisible::float8 AS "allVisiblePages", greatest(c.relpages, 1)::float8 AS "knownPages",
    coalesce((SELECT json_agg(json_build_object(
        'name', a.attname, 'type', format_type(b.base, NULL), 'category', t.typcategory,
        'isOrderable', EXISTS (SELECT FROM pg_opclass o JOIN pg_am m ON m.oid = o.opcmethod
            WHERE m.amname = 'btree' AND o.opcdefault AND (o.opcintype = b.base OR o.opcintype = CASE
              WHEN b.base = 'varchar'::regtype THEN 'text'::regtype
              WHEN t.typtype = 'e' THEN 'anyenum'::regtype WHEN t.typtype = 'r' THEN 'anyrange'::regtype
              WHEN t.typcategory = 'A' THEN 'anyarray'::regtype END)),
        'nDistinct', coalesce(s.n_distinct, 0), 'nullShare', coalesce(s.null_frac, 0),
        'widthBytes', coalesce(s.avg_width, CASE WHEN t.typlen > 0 THEN t.typlen ELSE 32 END),
        'correlation', coalesce(s.correlation, 0), 'commonShares', s.most_common_freqs,
        'hasCCollation', coalesce((SELECT CASE WHEN l.collprovider = 'd' THEN d.datcollate IN ('C', 'POSIX')
              ELSE l.collcollate IN ('C', 'POSIX') END
            FROM pg_collation l, pg_database d
            WHERE l.oid = a.attcollation AND d.datname = current_database()), false)
      ) ORDER BY a.attnum)
      FROM pg_attribute a
      JOIN pg_type y ON y.oid = a.atttypid
      CROSS JOIN LATERAL (SELECT CASE WHEN y.typtype = 'd' THEN y.typbasetype ELSE y.oid END AS base) b
      JOIN pg_type t ON t.oid = b.base
      LEFT JOIN pg_stats s ON s.schemaname = n.nspname AND s.tablename = c.relname AND s.attname = a.attname
        AND s.inherited = (c.relkind = 'p')
      WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped), '[]') AS columns,
    coalesce((SELECT json_agg(json_build_object(
        'name', i.relname, 'method', m.amname, 'isUnique', x.indisunique, 'isPrimary', x.indisprimary,
        'isConstraint', EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = x.indexrelid AND k.contype IN ('p', 'u', 'x')),
        'isValid', x.indisvalid AND x.indisready,
        'pages', CASE WHEN i.relkind = 'i' THEN pg_relation_size(i.oid) / current_setting('block_size')::bigint ELSE 0 END,
        'scans', coalesce(pg_stat_get_numscans(i.oid), 0),
        'predicate', pg_get_expr(x.indpred, x.indrelid), 'keyCount', x.indnkeyatts,
        'parts', (SELECT json_agg(json_build_object(
            'column', p.attname, 'expression', pg_get_indexdef(x.indexrelid, k.at, true),
            'isDescending', coalesce(x.indoption[k.at - 1] & 1, 0) = 1,
            'isNullsFirst', coalesce(x.indoption[k.at - 1] & 2, 0) = 2,
            'opclass', (SELECT o.opcname FROM pg_opclass o WHERE o.oid = x.indclass[k.at - 1] AND NOT o.opcdefault)
          ) ORDER BY k.at)
          FROM generate_series(1, x.indnatts::int) AS k(at)
          LEFT JOIN pg_attribute p ON p.attrelid = c.oid AND p.attnum = x.indkey[k.at - 1] AND p.attnum > 0)
      ) ORDER BY i.relname)
      FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_am m ON m.oid = i.relam
      WHERE x.indrelid = c.oid), '[]') AS indexes,
    coalesce((SELECT json_agg(json_build_object('name', k.conname, 'referenced', k.confrelid::text,
        'columns', (SELECT json_agg(p.attname ORDER BY u.at) FROM unnest(k.conkey) WITH ORDINALITY AS u(number, at)
          JOIN pg_attribute p ON p.attrelid = k.conrelid AND p.attnum = u.number)))
      FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'f'), '[]') AS "foreignKeys",
    coalesce(pg_stat_get_tuples_inserted(c.oid), 0)::float8 AS inserts,
    coalesce(pg_stat_get_tuples_updated(c.oid), 0)::float8 AS updates,
    coalesce(pg_stat_get_tuples_hot_updated(c.oid), 0)::float8 AS "hotUpdates",
    coalesce(pg_stat_get_tuples_deleted(c.oid), 0)::float8 AS deletes
  FROM wanted JOIN pg_class c USING (oid) JOIN pg_namespace n ON n.oid = c.relnamespace`;
