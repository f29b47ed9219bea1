/** A statement that somebody sends to be explained, and should not. */
export interface Attack {
  readonly name: string;
  readonly sql: string;
  readonly params?: readonly (string | number | null)[];
}

/** A text that doubles in each of `levels` subqueries. */
function doubled(levels: number): string {
  let inner = `SELECT 'xxxxxxxx' || 'yyyyyyyy' AS v`;
  for (let level = 0; level < levels; level += 1) inner = `SELECT v || v AS v FROM (${inner}) s${level}`;
  return `SELECT length(v) FROM (${inner}) t`;
}

/** A column that is used twice in each of `levels` subqueries. */
function copied(levels: number): string {
  let inner = 'SELECT id AS v FROM victims';
  for (let level = 0; level < levels; level += 1)
    inner = `SELECT coalesce(v, v) AS v FROM (${inner}) s${level}`;
  return inner;
}

/** A WITH query that joins the one before with itself, `levels` times. */
function joinedWithItself(levels: number): string {
  const steps = Array.from(
    { length: levels },
    (_, n) => `q${n + 1} AS NOT MATERIALIZED (SELECT a.id FROM q${n} a, q${n} b)`,
  );
  return `WITH q0 AS NOT MATERIALIZED (SELECT id FROM victims), ${steps.join(', ')} SELECT 1 FROM q${levels}`;
}

const STATEMENTS: readonly (readonly [string, string])[] = [
  ['two statements', 'SELECT 1; INSERT INTO attack_log DEFAULT VALUES'],
  ['a second statement behind a comment', 'SELECT 1 /* ; */ ; -- \n INSERT INTO attack_log DEFAULT VALUES'],
  ['INSERT', 'INSERT INTO attack_log DEFAULT VALUES'],
  ['UPDATE', `UPDATE victims SET name = 'x'`],
  ['DELETE', 'DELETE FROM victims'],
  ['MERGE', 'MERGE INTO victims v USING victims w ON v.id = w.id WHEN MATCHED THEN DELETE'],
  ['INSERT in WITH', 'WITH w AS (INSERT INTO attack_log DEFAULT VALUES RETURNING 1) SELECT * FROM w'],
  [
    'DELETE in a nested WITH',
    'SELECT * FROM (WITH w AS (DELETE FROM victims RETURNING 1) SELECT * FROM w) s',
  ],
  ['SELECT INTO', 'SELECT 1 AS one INTO stolen'],
  ['INTO in a branch of UNION', 'SELECT 1 AS one INTO stolen UNION SELECT 2'],
  ['CREATE TABLE AS', 'CREATE TABLE stolen AS SELECT 1'],
  ['TRUNCATE', 'TRUNCATE victims'],
  ['DROP', 'DROP TABLE victims CASCADE'],
  ['COPY TO PROGRAM', `COPY (SELECT 1) TO PROGRAM 'true'`],
  ['EXPLAIN ANALYZE of its own', 'EXPLAIN ANALYZE SELECT evil_volatile()'],
  ['DO', 'DO $$ BEGIN PERFORM leave_traces(); END $$'],
  ['CALL', 'CALL evil_procedure()'],
  ['NOTIFY', 'NOTIFY attack'],
  ['LISTEN', 'LISTEN attack'],
  ['SET', `SET application_name = 'attacked'`],
  ['ALTER SYSTEM', `ALTER SYSTEM SET log_min_messages = 'debug5'`],
  ['LOCK', 'LOCK TABLE victims'],
  ['COMMIT', 'COMMIT'],
  ['PREPARE', 'PREPARE stolen AS SELECT evil_volatile()'],
  ['EXECUTE', 'EXECUTE plimsoll_plan'],
  ['DECLARE', 'DECLARE stolen CURSOR WITH HOLD FOR SELECT evil_volatile()'],
  ['FOR UPDATE', 'SELECT * FROM victims FOR UPDATE'],
  ['FOR SHARE in a subquery', 'SELECT * FROM (SELECT * FROM victims FOR KEY SHARE) s'],
  ['a closing bracket', `SELECT 1) TO STDOUT; SELECT (evil_volatile()`],
  ['a comment that swallows', 'SELECT 1 /* /* */ , evil(1)'],
  ['a dollar quote', 'SELECT $x$ $x$, evil(1), $x$ $x$'],
  ['a backslash at the end of a text', String.raw`SELECT '\', evil(1), '--'`],
  ['unicode escapes in a name', String.raw`SELECT U&"\0065vil"(1)`],
  ['a quoted name', 'SELECT "evil"(1)'],

  ['an immutable function', 'SELECT evil(1)'],
  ['an immutable function of a schema', 'SELECT public.evil(1)'],
  ['a stable function in WHERE', 'SELECT * FROM victims WHERE id = evil_stable()'],
  ['a volatile function', 'SELECT evil_volatile() FROM victims LIMIT 1'],
  ['a security definer function', 'SELECT evil_definer()'],
  ['an inlined SQL function', 'SELECT evil_inline(1)'],
  ['a function in FROM', 'SELECT * FROM evil_rows()'],
  ['a function in ROWS FROM', 'SELECT * FROM ROWS FROM (generate_series(1, 2), evil_rows()) r'],
  ['a function in LATERAL', 'SELECT * FROM victims v, LATERAL (SELECT evil(v.id)) l LIMIT 1'],
  ['a function in ORDER BY', 'SELECT id FROM victims ORDER BY evil(1)'],
  ['a function in LIMIT', 'SELECT id FROM victims LIMIT evil(1)'],
  ['a function in GROUP BY and HAVING', 'SELECT count(*) FROM victims GROUP BY id HAVING evil(1) = 1'],
  ['a function in a window', 'SELECT sum(id) OVER (PARTITION BY evil(1)) FROM victims'],
  ['a function in FILTER', 'SELECT count(*) FILTER (WHERE evil(1) = 1) FROM victims'],
  ['a function in CASE', 'SELECT CASE evil(1) WHEN 1 THEN 2 END'],
  ['a function in VALUES', 'VALUES (evil(1))'],
  ['a function in a join', 'SELECT 1 FROM victims a JOIN victims b ON evil(1) = a.id'],
  ['a function in an array', 'SELECT ARRAY[evil(1)]'],
  ['a function in a slice', 'SELECT (ARRAY[1, 2])[evil(1)]'],
  ['a function in TABLESAMPLE', 'SELECT * FROM victims TABLESAMPLE system (evil(1))'],
  ['a function in a frame', 'SELECT sum(id) OVER (ORDER BY id ROWS evil(1) PRECEDING) FROM victims'],
  ['a function in a set operation', 'SELECT 1 UNION SELECT evil(1)'],
  ['a function in EXISTS', 'SELECT 1 WHERE EXISTS (SELECT evil(1))'],
  [
    'a function in a recursive WITH',
    'WITH RECURSIVE r AS (SELECT evil(1) n UNION ALL SELECT n + 1 FROM r WHERE n < 3) SELECT * FROM r',
  ],
  ['a function behind a name of WITH', 'WITH evil AS (SELECT 1) SELECT evil(1) FROM evil'],
  ['a function in JSON_OBJECT', `SELECT json_build_object('a', evil(1))`],
  ['an aggregate', 'SELECT evil_total(id) FROM victims'],
  ['an aggregate as window', 'SELECT evil_total(id) OVER () FROM victims LIMIT 1'],
  ['a row called by its attribute', 'SELECT v.evil_row FROM victims v LIMIT 1'],
  ['a row called in brackets', 'SELECT (v).evil_row FROM victims v LIMIT 1'],
  ['a value called by its attribute', `SELECT (1).evil`],
  ['a built-in called by its attribute', `SELECT ('3'::float8).pg_sleep`],
  ['a scan called by its attribute', 'SELECT u.pg_sleep FROM unnest(ARRAY[3::float8]) u'],
  ['a name of PostgreSQL for another type', 'SELECT lower(1)'],
  ['a name of PostgreSQL with an argument', 'SELECT now(1)'],
  ['an operator', 'SELECT 1 === 2'],
  ['an operator that hides =', `SELECT 'a'::text = 1`],
  ['an operator of a schema', 'SELECT 1 OPERATOR(shadow.+) 2'],
  ['a prefix operator', `SELECT !!! 'a'`],
  ['an operator in ANY', `SELECT 1 === ANY (ARRAY[1])`],
  ['a function of a schema off the path', `SELECT shadow.upper('a')`],
  ['a cast to a domain', `SELECT 'a'::evil_domain`],
  ['a domain as function', `SELECT evil_domain('a')`],
  ['an array of domains', `SELECT '{a}'::evil_domain[]`],
  ['a literal for a column of domains', `SELECT * FROM domain_arrays WHERE values = '{a}'`],
  ['a composite of a domain', `SELECT '(a,1)'::evil_composite`],
  ['an implicit cast', `SELECT 'happy'::mood + 1`],
  ['an implicit cast of a column', 'SELECT * FROM moods WHERE mood + 1 = 2'],
  ['a record made of a composite', `SELECT jsonb_populate_record(NULL::evil_composite, '{"a":"x"}')`],
  ['an input function by name', `SELECT array_in('{a}', 'evil_domain'::regtype, -1)`],
  ['a test of an input function', `SELECT pg_input_is_valid('a', 'evil_domain')`],
  ['a view', 'SELECT * FROM evil_view'],
  ['a view of a view', 'SELECT * FROM nested_view'],
  ['a view that sleeps', 'SELECT * FROM sleeping_view LIMIT 1'],
  ['a view that exports', 'SELECT * FROM exporting_view'],
  ['a policy', 'SELECT * FROM guarded'],
  ['an index with a constant call', 'SELECT * FROM indexed WHERE a = 1'],
  ['a check of a partition', 'SELECT * FROM parts WHERE at = 5'],
  ['a partition key', 'SELECT * FROM routed'],
  ['a foreign table', 'SELECT * FROM far_away'],
];

const BUILT_INS: readonly (readonly [string, string])[] = [
  ['pg_sleep', 'SELECT pg_sleep(5)'],
  ['pg_sleep_for', `SELECT pg_sleep_for('5 s')`],
  ['pg_sleep in a schema', 'SELECT pg_catalog.pg_sleep(5)'],
  ['nextval', `SELECT nextval('attack_sequence')`],
  ['setval', `SELECT setval('attack_sequence', 99)`],
  ['set_config', `SELECT set_config('application_name', 'attacked', false)`],
  ['pg_notify', `SELECT pg_notify('attack', 'x')`],
  ['lo_create', 'SELECT lo_create(0)'],
  ['lo_from_bytea', String.raw`SELECT lo_from_bytea(0, '\x00')`],
  ['lo_import', `SELECT lo_import(current_setting('data_directory') || '/PG_VERSION')`],
  ['pg_read_file', `SELECT pg_read_file('PG_VERSION')`],
  ['pg_ls_dir', `SELECT * FROM pg_ls_dir('.')`],
  ['pg_advisory_lock', 'SELECT pg_advisory_lock(4711)'],
  ['pg_try_advisory_lock', 'SELECT pg_try_advisory_lock(4711)'],
  [
    'pg_terminate_backend',
    `SELECT pg_terminate_backend(pid) FROM pg_stat_get_activity(NULL) WHERE application_name = 'attack-victim'`,
  ],
  ['pg_cancel_backend', 'SELECT pg_cancel_backend(pg_backend_pid())'],
  ['pg_reload_conf', 'SELECT pg_reload_conf()'],
  ['pg_stat_reset', 'SELECT pg_stat_reset()'],
  ['pg_create_restore_point', `SELECT pg_create_restore_point('x')`],
  ['pg_logical_emit_message', `SELECT pg_logical_emit_message(false, 'x', 'y')`],
  ['txid_current', 'SELECT txid_current()'],
  ['pg_current_xact_id', 'SELECT pg_current_xact_id()'],
  ['query_to_xml', `SELECT query_to_xml('SELECT evil_volatile()', true, false, '')`],
  ['table_to_xml', `SELECT table_to_xml('evil_view', true, false, '')`],
  ['schema_to_xml', `SELECT schema_to_xml('public', true, false, '')`],
  ['database_to_xml', `SELECT database_to_xml(true, false, '')`],
  ['ts_stat', `SELECT * FROM ts_stat('SELECT to_tsvector(evil_text(''a''))')`],
  ['ts_rewrite', `SELECT ts_rewrite('a'::tsquery, 'SELECT ''a''::tsquery, ''b''::tsquery FROM evil_rows()')`],
  ['current_setting', `SELECT current_setting('data_directory')`],
  ['repeat', `SELECT length(repeat('x', 200000000))`],
  ['lpad', `SELECT length(lpad('x', 200000000))`],
  ['rpad', `SELECT length(rpad('x', 200000000, 'y'))`],
  ['format', `SELECT length(format('%200000000s', 'x'))`],
  ['format by a star', `SELECT length(format('%*s', 200000000, 'x'))`],
  ['array_fill', 'SELECT cardinality(array_fill(1, ARRAY[50000000]))'],
  ['factorial', 'SELECT length(factorial(20000)::text)'],
  ['a power', `SELECT ${'2.5 ^ 300000 + '.repeat(15)}1`],
  ['a text that doubles', doubled(19)],
  ['a column that is copied', copied(19)],
  ['a WITH query joined with itself', joinedWithItself(12)],
  [
    'a text that is replaced',
    `SELECT length(replace(replace('${'a'.repeat(5_000)}', 'a', '${'b'.repeat(5_000)}'), 'b', 'cccccccccc'))`,
  ],
  ['a long character type', `SELECT length(${"'x'::char(10000000)::text || ".repeat(20)}'')`],
  ['a long bit type', `SELECT length(${"B'1'::bit(80000000)::text || ".repeat(2)}'')`],
  ['xpath', `SELECT xpath('/a', '<a/>')`],
  ['XMLPARSE', `SELECT XMLPARSE(DOCUMENT '<a/>')`],
  ['rows without end', 'WITH RECURSIVE r AS (SELECT 1 n UNION ALL SELECT n FROM r) SELECT count(*) FROM r'],
];

const SECRETS: readonly (readonly [string, string])[] = [
  ['pg_authid', 'SELECT * FROM pg_authid'],
  ['pg_authid behind a view', `SELECT * FROM password_view WHERE rolpassword > 'S'`],
  ['pg_shadow', `SELECT * FROM pg_catalog.pg_shadow WHERE passwd LIKE 'a%'`],
  ['pg_statistic', 'SELECT * FROM pg_statistic'],
  ['pg_stats', `SELECT * FROM pg_stats WHERE tablename = 'victims'`],
  ['pg_stat_activity', 'SELECT query FROM pg_stat_activity'],
  ['pg_settings', 'SELECT * FROM pg_settings'],
  ['pg_hba_file_rules', 'SELECT * FROM pg_hba_file_rules'],
  ['pg_largeobject', 'SELECT * FROM pg_largeobject'],
  ['pg_user_mappings', 'SELECT * FROM pg_user_mappings'],
  ['user_mapping_options', 'SELECT * FROM information_schema.user_mapping_options'],
];

const SIZES: readonly (readonly [string, string])[] = [
  ['100 kB', `SELECT '${'x'.repeat(100_000)}'`],
  [
    '6,000 columns',
    `SELECT ${Array.from({ length: 6_000 }, (_, n) => `id AS c${n}`).join(', ')} FROM victims`,
  ],
  ['6,000 short columns', `SELECT ${'1,'.repeat(5_999)}1`],
  ['1,000 subqueries deep', `SELECT ${'(SELECT '.repeat(1_000)}1${')'.repeat(1_000)}`],
  ['1,000 brackets deep', `SELECT ${'('.repeat(1_000)}1${')'.repeat(1_000)}`],
  ['1,000 NOTs', `SELECT ${'NOT '.repeat(1_000)}true`],
  ['5,000 additions', `SELECT 1${'+1'.repeat(5_000)}`],
  ['1,000 CASEs deep', `SELECT ${'CASE WHEN true THEN '.repeat(500)}1${' END'.repeat(500)}`],
  ['1,000 UNIONs', `SELECT 1${' UNION SELECT 1'.repeat(1_000)}`],
  [
    '70 joins',
    `SELECT 1 FROM victims t0 ${Array.from({ length: 70 }, (_, n) => `JOIN victims t${n + 1} ON t${n + 1}.id = t${n}.id`).join(' ')}`,
  ],
  [
    'CUBE of 12',
    `SELECT count(*) FROM victims GROUP BY CUBE (${Array.from({ length: 12 }, (_, n) => `id + ${n}`).join(', ')})`,
  ],
  ['a NUL', `SELECT '\0'`],
];

/** Everything that is tried, as it is sent. */
export const ATTACKS: readonly Attack[] = [
  ...[...STATEMENTS, ...BUILT_INS, ...SECRETS, ...SIZES].map(([name, sql]) => ({ name, sql })),
  {
    name: 'a value that ends the text',
    sql: 'SELECT * FROM victims WHERE name = $1',
    params: [`'); SELECT evil(1); --`],
  },
  {
    name: 'a value with a backslash',
    sql: 'SELECT * FROM victims WHERE name = $1 OR name = $2',
    params: ['\\', ', evil(1)) --'],
  },
  { name: 'a value for a domain', sql: 'SELECT $1::evil_domain', params: ['a'] },
  {
    name: 'a value for an array of domains',
    sql: 'SELECT * FROM domain_arrays WHERE values = $1',
    params: ['{a}'],
  },
];

/** Values stay values: these are answered, and have no effect. */
export const ANSWERED = new Set(['a value that ends the text', 'a value with a backslash']);

/** Harmless to plan: only running it takes for ever, and is ended. */
export const PLANNABLE = new Set(['rows without end']);
