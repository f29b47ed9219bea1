import { sql, type SqlFragment } from '../../kernel/sql.js';
import { COMPUTING_EXTENSIONS } from './guard/built-ins.js';

/** Runs statements of this code base on the connection that plans. */
export interface CatalogSession {
  /** @param prepareAs prepares it once under this name: planning questions to catalogs costs more than answering them */
  query<Row extends object>(statement: SqlFragment, prepareAs?: string): Promise<Row[]>;
}

/** A function or operator that a name may stand for. */
export interface Candidate {
  readonly schema: string;
  readonly name: string;
  /** Made by initdb, not by a user. */
  readonly isBuiltIn: boolean;
  /** Its code is PostgreSQL's own, or that of an extension which only computes. */
  readonly isSound: boolean;
  readonly isVolatile: boolean;
}

/** A type, table or view as it was found. */
export interface FoundName {
  readonly schema: string;
  readonly name: string;
  readonly oid: number;
}

/** A relation that a statement reaches, through views, policies and partitions too. */
export interface ReachedRelation extends FoundName {
  readonly kind: string;
  readonly isBuiltIn: boolean;
}

/** An expression of the database, as the catalogs keep it. */
export interface StoredTree {
  readonly source:
    'view' | 'policy' | 'constraint' | 'partition' | 'generated' | 'index' | 'statistics' | 'domain';
  readonly tree: string;
}

/** Code of a user that types alone lead to. */
export interface SilentCode {
  readonly types: readonly number[];
  /** It works wherever its types meet. */
  readonly isImplicit: boolean;
}

/** The first object id that a user's object can have. */
export const FIRST_USER_OID = 16_384;

/** Whether the code of function `p` (language `l`) is trusted. What initdb wrote in SQL must be as it wrote it. */
const IS_SOUND = sql`(p.proconfig IS NULL AND CASE WHEN p.oid < ${FIRST_USER_OID}::oid
  THEN l.lanname IN ('internal', 'c') OR p.xmin::text::bigint <= (SELECT max(e.xmin::text::bigint) FROM pg_extension e
    WHERE e.extname = 'plpgsql' AND e.oid < ${FIRST_USER_OID}::oid)
  ELSE l.lanname IN ('internal', 'c', 'sql') AND p.provolatile <> 'v' AND EXISTS (
    SELECT FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid
    WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.refclassid = 'pg_extension'::regclass
      AND d.deptype = 'e' AND e.extname = ANY(${COMPUTING_EXTENSIONS}::text[])) END)`;

/** What the server's catalogs say about the names of a statement. One round trip each, and no lock that others feel. */
export const catalog = {
  functions(
    session: CatalogSession,
    names: readonly string[],
    schemas: readonly string[],
  ): Promise<Candidate[]> {
    return session.query(
      sql`
      SELECT n.nspname AS schema, p.proname AS name, p.oid < ${FIRST_USER_OID}::oid AS "isBuiltIn",
        coalesce(${IS_SOUND}, false) AS "isSound", p.provolatile = 'v' AS "isVolatile"
      FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace JOIN pg_language l ON l.oid = p.prolang
      WHERE p.proname = ANY(${names}::name[]) AND n.nspname = ANY(${schemas}::name[])`,
      'plans-functions',
    );
  },

  /** Operators of users; those of initdb are all sound. */
  operators(
    session: CatalogSession,
    names: readonly string[],
    schemas: readonly string[],
  ): Promise<Candidate[]> {
    return session.query(
      sql`
      SELECT n.nspname AS schema, o.oprname AS name, o.oid < ${FIRST_USER_OID}::oid AS "isBuiltIn",
        coalesce(${IS_SOUND}, false) AS "isSound", p.provolatile = 'v' AS "isVolatile"
      FROM pg_operator o JOIN pg_namespace n ON n.oid = o.oprnamespace
        JOIN pg_proc p ON p.oid = o.oprcode JOIN pg_language l ON l.oid = p.prolang
      WHERE o.oprname = ANY(${names}::name[]) AND n.nspname = ANY(${schemas}::name[])
        AND o.oid >= ${FIRST_USER_OID}::oid`,
      'plans-operators',
    );
  },

  types(session: CatalogSession, names: readonly string[], schemas: readonly string[]): Promise<FoundName[]> {
    return session.query(
      sql`
      SELECT n.nspname AS schema, t.typname AS name, t.oid::bigint::float8 AS oid
      FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
      WHERE t.typname = ANY(${names}::name[]) AND n.nspname = ANY(${schemas}::name[])`,
      'plans-types',
    );
  },

  relations(
    session: CatalogSession,
    names: readonly string[],
    schemas: readonly string[],
  ): Promise<FoundName[]> {
    return session.query(
      sql`
      SELECT n.nspname AS schema, c.relname AS name, c.oid::bigint::float8 AS oid
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relname = ANY(${names}::name[]) AND n.nspname = ANY(${schemas}::name[])`,
      'plans-relations',
    );
  },

  relationsById(session: CatalogSession, oids: readonly number[]): Promise<ReachedRelation[]> {
    return session.query(
      sql`
      SELECT n.nspname AS schema, c.relname AS name, c.oid::bigint::float8 AS oid, c.relkind::text AS kind,
        c.oid < ${FIRST_USER_OID}::oid AS "isBuiltIn"
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = ANY(${oids}::oid[])`,
      'plans-relationsById',
    );
  },

  /** Partitions and other children of relations, all generations. */
  async descendants(session: CatalogSession, oids: readonly number[]): Promise<number[]> {
    const rows = await session.query<{ oid: number }>(
      sql`
      WITH RECURSIVE below (oid) AS (
        SELECT inhrelid FROM pg_inherits WHERE inhparent = ANY(${oids}::oid[])
        UNION SELECT i.inhrelid FROM below b JOIN pg_inherits i ON i.inhparent = b.oid)
      SELECT oid::bigint::float8 AS oid FROM below`,
      'plans-descendants',
    );
    return rows.map(({ oid }) => oid);
  },

  /** The expressions behind relations of users, as the catalogs keep them. */
  relationTrees(session: CatalogSession, relations: readonly number[]): Promise<StoredTree[]> {
    const mine = sql`ANY(${relations}::oid[])`;
    return session.query(
      sql`
      SELECT 'view' AS source, w.ev_action::text AS tree FROM pg_rewrite w WHERE w.ev_class = ${mine} AND w.ev_type = '1'
      UNION ALL SELECT 'policy', o.polqual::text FROM pg_policy o WHERE o.polrelid = ${mine} AND o.polqual IS NOT NULL
      UNION ALL SELECT 'constraint', c.conbin::text FROM pg_constraint c
        WHERE c.conrelid = ${mine} AND c.contype = 'c' AND EXISTS (SELECT FROM pg_inherits i WHERE i.inhrelid = c.conrelid)
      UNION ALL SELECT 'partition', k.partexprs::text FROM pg_partitioned_table k
        WHERE k.partrelid = ${mine} AND k.partexprs IS NOT NULL
      UNION ALL SELECT 'generated', f.adbin::text FROM pg_attrdef f
        JOIN pg_attribute a ON a.attrelid = f.adrelid AND a.attnum = f.adnum
        WHERE f.adrelid = ${mine} AND a.attgenerated <> ''
      UNION ALL SELECT 'index', concat(x.indexprs::text, x.indpred::text) FROM pg_index x
        WHERE x.indrelid = ${mine} AND (x.indexprs IS NOT NULL OR x.indpred IS NOT NULL)
      UNION ALL SELECT 'statistics', s.stxexprs::text FROM pg_statistic_ext s
        WHERE s.stxrelid = ${mine} AND s.stxexprs IS NOT NULL`,
      'plans-relationTrees',
    );
  },

  /** Types of the columns of relations of users; of a domain its base, since reading one checks nothing. */
  async columnTypes(session: CatalogSession, relations: readonly number[]): Promise<number[]> {
    const rows = await session.query<{ oid: number }>(
      sql`
      SELECT DISTINCT coalesce(nullif(t.typbasetype, 0), t.oid)::bigint::float8 AS oid
      FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
      WHERE a.attrelid = ANY(${relations}::oid[]) AND a.attnum > 0 AND NOT a.attisdropped
        AND a.attrelid >= ${FIRST_USER_OID}::oid`,
      'plans-columnTypes',
    );
    return rows.map(({ oid }) => oid);
  },

  /** Types of users that `oids` consist of; `isSound`: values of it are made by code that is trusted. */
  typeParts(
    session: CatalogSession,
    oids: readonly number[],
  ): Promise<(FoundName & { readonly isSound: boolean })[]> {
    return session.query(
      sql`
      WITH RECURSIVE reached (oid) AS (
        SELECT unnest(${oids}::oid[])
        UNION
        SELECT next.oid FROM reached r JOIN pg_type t ON t.oid = r.oid CROSS JOIN LATERAL (
          SELECT t.typelem AS oid WHERE t.typelem <> 0
          UNION ALL SELECT t.typbasetype WHERE t.typbasetype <> 0
          UNION ALL SELECT a.atttypid FROM pg_attribute a
            WHERE a.attrelid = t.typrelid AND t.typrelid >= ${FIRST_USER_OID}::oid AND a.attnum > 0 AND NOT a.attisdropped
          UNION ALL SELECT g.rngsubtype FROM pg_range g WHERE t.oid IN (g.rngtypid, g.rngmultitypid)
        ) next)
      SELECT n.nspname AS schema, t.typname AS name, t.oid::bigint::float8 AS oid, (CASE t.typtype
          WHEN 'e' THEN true
          WHEN 'c' THEN true
          WHEN 'd' THEN true
          WHEN 'r' THEN NOT EXISTS (SELECT FROM pg_range g WHERE g.rngtypid = t.oid
            AND (g.rngcanonical >= ${FIRST_USER_OID}::oid OR g.rngsubdiff >= ${FIRST_USER_OID}::oid))
          WHEN 'm' THEN true
          ELSE t.typinput = 'pg_catalog.array_in'::regproc OR EXISTS (
            SELECT FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid
            WHERE d.classid = 'pg_type'::regclass AND d.objid = t.oid AND d.refclassid = 'pg_extension'::regclass
              AND d.deptype = 'e' AND e.extname = ANY(${COMPUTING_EXTENSIONS}::text[])) END) AS "isSound"
      FROM reached r JOIN pg_type t ON t.oid = r.oid JOIN pg_namespace n ON n.oid = t.typnamespace
      WHERE t.oid >= ${FIRST_USER_OID}::oid`,
      'plans-typeParts',
    );
  },

  /** The checks of domains. */
  domainTrees(session: CatalogSession, types: readonly number[]): Promise<StoredTree[]> {
    return session.query(
      sql`
      SELECT 'domain' AS source, c.conbin::text AS tree FROM pg_constraint c WHERE c.contypid = ANY(${types}::oid[])`,
      'plans-domainTrees',
    );
  },

  /** Casts of users by code that is not trusted: they work without being named. */
  casts(session: CatalogSession): Promise<SilentCode[]> {
    return session.query(
      sql`
      SELECT ARRAY[k.castsource::bigint, k.casttarget::bigint]::float8[] AS types, k.castcontext = 'i' AS "isImplicit"
      FROM pg_cast k JOIN pg_proc p ON p.oid = k.castfunc JOIN pg_language l ON l.oid = p.prolang
      WHERE k.oid >= ${FIRST_USER_OID}::oid AND NOT coalesce(${IS_SOUND}, false)`,
      'plans-casts',
    );
  },

  /** Operator classes of users by such code: comparing arrays, rows and partition bounds finds them by the type. */
  operatorClasses(session: CatalogSession): Promise<SilentCode[]> {
    return session.query(
      sql`
      SELECT DISTINCT ARRAY[c.opcintype::bigint]::float8[] AS types, false AS "isImplicit"
      FROM pg_opclass c JOIN pg_amproc a ON a.amprocfamily = c.opcfamily
        JOIN pg_proc p ON p.oid = a.amproc JOIN pg_language l ON l.oid = p.prolang
      WHERE c.oid >= ${FIRST_USER_OID}::oid AND NOT coalesce(${IS_SOUND}, false)`,
      'plans-operatorClasses',
    );
  },

  /** Which of `names` are columns of these relations. */
  async columns(
    session: CatalogSession,
    relations: readonly number[],
    names: readonly string[],
  ): Promise<string[]> {
    const rows = await session.query<{ name: string }>(
      sql`
      SELECT DISTINCT attname AS name FROM pg_attribute
      WHERE attrelid = ANY(${relations}::oid[]) AND attname = ANY(${names}::name[]) AND attnum > 0`,
      'plans-columns',
    );
    return rows.map(({ name }) => name);
  },

  /** Functions, and those behind operators, by object id. */
  async code(
    session: CatalogSession,
    functions: readonly number[],
    operators: readonly number[],
  ): Promise<Map<number, Candidate>> {
    const rows = await session.query<Candidate & { readonly oid: number }>(
      sql`
      WITH ids (id, function) AS (
        SELECT f.id, f.id FROM unnest(${functions}::oid[]) f(id)
        UNION ALL SELECT o.oid, o.oprcode::oid FROM pg_operator o WHERE o.oid = ANY(${operators}::oid[]))
      SELECT i.id::bigint::float8 AS oid, n.nspname AS schema, p.proname AS name, p.oid < ${FIRST_USER_OID}::oid AS "isBuiltIn",
        coalesce(${IS_SOUND}, false) AS "isSound", p.provolatile = 'v' AS "isVolatile"
      FROM ids i JOIN pg_proc p ON p.oid = i.function JOIN pg_namespace n ON n.oid = p.pronamespace
        JOIN pg_language l ON l.oid = p.prolang`,
      'plans-code',
    );
    return new Map(rows.map((row) => [row.oid, row]));
  },

  /** Rows and bytes of tables as ANALYZE and VACUUM last counted them; rows are -1 where they never did. */
  sizes(
    session: CatalogSession,
    tables: readonly { readonly schema: string; readonly name: string }[],
  ): Promise<{ schema: string; name: string; rows: number; bytes: number }[]> {
    return session.query(
      sql`
      SELECT n.nspname AS schema, c.relname AS name, c.reltuples::float8 AS rows, c.relpages * 8192::float8 AS bytes
      FROM unnest(${tables.map(({ schema }) => schema)}::name[], ${tables.map(({ name }) => name)}::name[]) t(schema, name)
        JOIN pg_namespace n ON n.nspname = t.schema JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = t.name`,
      'plans-sizes',
    );
  },
};
