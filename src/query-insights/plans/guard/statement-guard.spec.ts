import { QueryPlanRefusedError } from '../../errors.js';
import { SqlParser } from '../../sql/parser.js';
import type { StatementFacts } from './statement-facts.js';
import { readStatement } from './statement-guard.js';

let parser: SqlParser;
beforeAll(async () => {
  parser = await SqlParser.load();
});

const read = (text: string): StatementFacts => readStatement(parser, text);

function ruleOf(text: string): unknown {
  try {
    read(text);
    return 'let through';
  } catch (error) {
    if (error instanceof QueryPlanRefusedError) return error.details['rule'];
    throw error;
  }
}

/** A text that doubles in each of `levels` WITH queries. */
function doubling(levels: number): string {
  const steps = Array.from({ length: levels }, (_, n) => `q${n + 1} AS (SELECT v || v AS v FROM q${n})`);
  return `WITH q0 AS (SELECT 'x' AS v), ${steps.join(', ')} SELECT v FROM q${levels}`;
}

/** A column that is used twice in each of `levels` subqueries: planning would copy it 2^levels times. */
function copied(levels: number): string {
  let inner = 'SELECT id AS v FROM t';
  for (let level = 0; level < levels; level += 1)
    inner = `SELECT coalesce(v, v) AS v FROM (${inner}) s${level}`;
  return inner;
}

/** The same under two names, so that no expression uses a column twice. */
function copiedByTwoNames(levels: number): string {
  let inner = 'SELECT id AS v FROM t';
  for (let level = 0; level < levels; level += 1) {
    inner = `SELECT coalesce(x, y) AS v FROM (SELECT v AS x, v AS y FROM (${inner}) a${level}) b${level}`;
  }
  return inner;
}

/** A WITH query that joins the one before with itself. */
function joined(levels: number): string {
  const steps = Array.from(
    { length: levels },
    (_, n) => `q${n + 1} AS NOT MATERIALIZED (SELECT 1 FROM q${n} a, q${n} b)`,
  );
  return `WITH q0 AS NOT MATERIALIZED (SELECT 1 FROM t), ${steps.join(', ')} SELECT 1 FROM q${levels}`;
}

describe('readStatement', () => {
  it.each([
    ['size', `SELECT '${'x'.repeat(20_480)}'`],
    ['size', `SELECT '\0'`],
    ['size', `SELECT '\ud800'`],
    ['nesting', `SELECT ${'('.repeat(65)}1${')'.repeat(65)}`],
    ['nesting', `SELECT 1${'+1'.repeat(500)}`],
    ['statement', '-- nothing'],
    ['statement', 'SELECT 1; SELECT 2'],
    ['statement', 'DELETE FROM t'],
    ['statement', 'EXPLAIN SELECT 1'],
    ['statement', 'COPY t TO STDOUT'],
    ['node', 'SELECT 1 INTO t'],
    ['node', 'SELECT 1 UNION SELECT 2 FOR UPDATE'],
    ['node', 'SELECT * FROM t FOR NO KEY UPDATE SKIP LOCKED'],
    ['node', 'WITH a AS (WITH b AS (UPDATE t SET x = 1 RETURNING 1) SELECT * FROM b) SELECT * FROM a'],
    ['node', `SELECT XMLPARSE(CONTENT '<a/>')`],
    ['caps', `SELECT 1 WHERE 1 IN (${'1,'.repeat(2_000)}1)`],
    ['caps', `SELECT 1 FROM ${'t, '.repeat(64)}t`],
    ['caps', `SELECT 1 FROM t GROUP BY CUBE (a, b, c, d, e, f, g, h, i)`],
    ['function', 'SELECT * FROM t TABLESAMPLE mine (1)'],
    ['growth', `SELECT format('%1001s', 'x')`],
    ['growth', `SELECT format('%*s', 9, 'x')`],
    ['growth', `SELECT format('%' || '9s', 'x')`],
    ['growth', `SELECT 'x'::char(10001)`],
    ['growth', doubling(30)],
    ['growth', copied(25)],
    ['growth', joined(20)],
    ['growth', copiedByTwoNames(25)],
    [
      'growth',
      `SELECT v || v FROM (SELECT replace('${'a'.repeat(9_000)}', 'a', '${'b'.repeat(9_000)}') AS v) s`,
    ],
    ['growth', `SELECT ${'2.5 ^ 999 + '.repeat(200)}1`],
    ['growth', 'SELECT 2.5 ^ 300000'],
    ['growth', `SELECT ${'(9e99999 * 9e29999) + '.repeat(3)}1`],
  ])('refuses by the rule of %s: %.80s', (rule, text) => {
    expect(ruleOf(text)).toBe(rule);
  });

  it.each([
    'SELECT 1',
    'VALUES (1), (2)',
    'TABLE t',
    '(SELECT 1) UNION ALL (SELECT 2) ORDER BY 1',
    doubling(5),
    copied(10),
    joined(5),
    `SELECT 'a' || 'b'${' UNION ALL SELECT $$a$$ || $$b$$'.repeat(60)}`,
    `SELECT replace(name, 'a', 'bb') || replace(name, 'c', 'dd') || name FROM t`,
    'SELECT price * quantity * (1 - discount) * 1.19 ^ 2, power(a, b) FROM sales WHERE id > 123456789',
    `SELECT format('%s: %10s', a, b), to_char(n, '999,999') FROM t`,
    `WITH a AS (SELECT x * y AS z FROM t), b AS (SELECT z * 2 AS z FROM a) SELECT z * z FROM b`,
    `SELECT 'x'::char(10), 1.5::numeric(30, 10)`,
  ])('lets through %s', (text) => {
    expect(ruleOf(text)).toBe('let through');
  });

  it('finds what a statement names, and leaves out the names of WITH where they hide tables', () => {
    const facts = read(`WITH a AS (SELECT * FROM t), b AS (SELECT * FROM a, b)
      SELECT upper(x.name), o.n::public.mood FROM a x JOIN s.u o ON o.id = x.id WHERE x.id OPERATOR(s.+) $2 > 1`);

    expect(facts.relations.map(({ schema, name }) => [schema, name])).toEqual([
      [undefined, 't'],
      [undefined, 'b'],
      ['s', 'u'],
    ]);
    expect(facts.functions).toEqual([{ schema: undefined, name: 'upper' }]);
    expect(facts.types).toEqual([{ schema: 'public', name: 'mood', at: expect.any(Number) as number }]);
    expect(facts.operators).toContainEqual({ schema: 's', name: '+' });
    expect(facts.parameters).toBe(2);
  });

  it('tells where a name stands in bytes', () => {
    const text = `SELECT 'ä' FROM t`;

    const [table] = read(text).relations;

    expect(Buffer.from(text).subarray(table?.at).toString()).toBe('t');
  });
});
