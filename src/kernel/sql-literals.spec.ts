import { loadModule, normalizeSync } from 'libpg-query';
import { withoutLiterals } from './sql-literals.js';

describe('withoutLiterals', () => {
  it.each([
    ["SELECT 'secret'", 'SELECT ?'],
    ["SELECT 'it''s secret', 1", 'SELECT ?, ?'],
    [String.raw`SELECT E'it\'s secret' FROM t`, 'SELECT ? FROM t'],
    ["SELECT U&'\\0061secret', B'101', X'1F'", 'SELECT ?, ?, ?'],
    ['SELECT $$secret$$, $a$se$$cret$a$', 'SELECT ?, ?'],
    ['SELECT 1.5e-7, .5, 0x1F, 1_000', 'SELECT ?, ?, ?, ?'],
    ['SELECT c1, t2.c3, "c 4" FROM t2', 'SELECT c1, t2.c3, "c 4" FROM t2'],
    ['SELECT $1, a$2 FROM t', 'SELECT $1, a$2 FROM t'],
    ['SELECT 1 -- secret\n, 2', 'SELECT ? , ?'],
    ['SELECT /* secret /* nested */ secret */ 1', 'SELECT ?'],
    ["SELECT 'cut off secr", 'SELECT ?'],
    ['SELECT $x$cut off secr', 'SELECT ?'],
    ['SELECT /* cut off secr', 'SELECT'],
    [String.raw`SELECT E'cut off \'`, 'SELECT ?'],
    ["SELECT\n\t  'a'\n 'b'", 'SELECT ? ?'],
    ["SELECT date'2020-01-01', e 'x'", 'SELECT date?, e ?'],
    ['SELECT "cut off name', 'SELECT "cut off name'],
    ['no sql at all: 17 "', 'no sql at all: ? "'],
    ['', ''],
  ])('%s', (text, expected) => {
    expect(withoutLiterals(text)).toBe(expected);
  });

  it('hides whatever PostgreSQL itself takes for a literal', async () => {
    await loadModule();
    const texts = [
      "INSERT INTO t (a, b) VALUES (1, 'x'), (2, E'\\n'), (-3.5, b)",
      "SELECT * FROM a JOIN b USING (id) WHERE a.x BETWEEN 5 AND 7 AND b.y LIKE 'p%' LIMIT 10",
      "UPDATE t SET a = a + 1, b = 'z' || b WHERE c = ANY ('{1,2}') RETURNING a2",
      "SELECT '{\"k\": 1}'::jsonb ->> 'k', x'ff', 12345678901234567890",
    ];

    for (const text of texts) {
      const placed = normalizeSync(text).replace(/\$\d+/g, '?').replaceAll('-?', '?');
      expect(withoutLiterals(text).replaceAll('-?', '?')).toBe(placed);
    }
  });

  it('takes time in proportion to a text of 1 MB, however hostile', () => {
    const before = process.cpuUsage();
    for (const piece of ["'", '$a$', '/*', '--', "E'\\", '"', '1.', '$', '((((']) {
      withoutLiterals(piece.repeat(1_000_000 / piece.length));
    }

    // Processor time: others on the machine do not count. In proportion to its square it would be hours.
    expect(process.cpuUsage(before).user / 1e6).toBeLessThan(30);
  });
});
