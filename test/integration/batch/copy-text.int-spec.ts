import { copyLine } from '../../../src/batch/input/copy-text.js';
import { sql } from '../../../src/kernel/sql.js';
import { Random } from '../../support/random.js';
import { useTestDatabase } from '../../support/test-database.js';

const SIGNS = ['\\', '\\N', '\\.', '\n', '\r', '\t', 'n', '\b', '\v', '\u2028', 'ü', '😀', '"', "'", ' '];

describe('the lines of copyLine on PostgreSQL', () => {
  const pg = useTestDatabase();

  it('are read as the values they were made of', async () => {
    const random = new Random(7);
    const text = (): string => Array.from({ length: random.below(6) }, () => random.of(SIGNS)).join('');
    const rows = Array.from({ length: 500 }, (_, n) => ({
      n,
      a: random.below(5) === 0 ? null : text(),
      b: text(),
    }));
    await pg.db.query(sql`CREATE TABLE copied (n integer, a text, b text)`);

    const lines = rows.map(({ n, a, b }) => Buffer.from(copyLine([String(n), a, b])));
    await pg.db.copyIn(sql`COPY copied FROM STDIN`, lines);

    expect(await pg.db.query(sql`SELECT n, a, b FROM copied ORDER BY n`)).toEqual(rows);
  });
});
