import { measureNesting } from './nesting.js';
import { SqlParser } from './parser.js';

const levels = (text: string): number => measureNesting(text).levels;

describe('measureNesting', () => {
  it.each([
    ['brackets', `SELECT ${'('.repeat(900)}1${')'.repeat(900)}`],
    ['subqueries', `SELECT ${'(SELECT '.repeat(900)}1${')'.repeat(900)}`],
    ['a chain of operators', `SELECT 1${'+1'.repeat(900)}`],
    ['a chain of casts', `SELECT 1${'::int'.repeat(900)}`],
    ['NOT', `SELECT ${'NOT '.repeat(900)}true`],
    ['CASE', `SELECT ${'CASE WHEN true THEN '.repeat(900)}1${' END'.repeat(900)}`],
    ['set operations over lists', `SELECT 1, 2${' UNION SELECT 1, 2'.repeat(900)}`],
    ['joins', `SELECT 1 FROM a${' JOIN a ON a.x = a.y'.repeat(900)}`],
    ['a mixture', `SELECT ${'(1 + CASE WHEN NOT '.repeat(300)}1`],
  ])('counts each level of %s', (_, text) => {
    expect(levels(text)).toBeGreaterThanOrEqual(900);
  });

  it.each([
    ['columns', `SELECT ${'a, '.repeat(6_000)}a FROM t`],
    ['conditions', `SELECT 1 FROM t WHERE ${'a = 1 AND '.repeat(3_000)}true`],
    ['rows', `INSERT INTO t VALUES ${'(1, 2), '.repeat(3_000)}(1, 2)`],
    ['brackets in a text', `SELECT '${'('.repeat(3_000)}'`],
    ['brackets in an escaped text', String.raw`SELECT E'\'${'('.repeat(3_000)}'`],
    ['brackets in a name', `SELECT "${'('.repeat(3_000)}"`],
    ['brackets between dollars', `SELECT $x$${'('.repeat(3_000)}$x$`],
    ['brackets in comments', `SELECT 1 /* /* */ ${'('.repeat(3_000)} */ -- ${'('.repeat(3_000)}`],
  ])('takes many %s for flat', (_, text) => {
    expect(levels(text)).toBeLessThan(20);
  });

  it('stops early when that is enough', () => {
    const text = '('.repeat(1_000_000);

    expect(measureNesting(text, 100).levels).toBe(101);
  });
});

describe('SqlParser', () => {
  it('refuses what would overflow its stack, and answers afterwards', async () => {
    const parser = await SqlParser.load();
    const deep = `SELECT 1${'+1'.repeat(9_900)}`;

    for (let round = 0; round < 500; round += 1) {
      expect(() => parser.parse(deep)).toThrow('nests deeper than');
    }

    expect(parser.fingerprint('SELECT 1')).toBe(parser.fingerprint('SELECT 2'));
  });
});
