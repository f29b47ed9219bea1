import { castParameter, parametersNear, repairParameters } from './parameter-repair.js';

describe('repairParameters', () => {
  it.each([
    ['SELECT now() - interval $1', 'SELECT now() - $1::interval'],
    ['SELECT date $1, timestamp with time zone $2', 'SELECT $1::date, $2::timestamp with time zone'],
    ['SELECT interval $1 day', 'SELECT $1::interval'],
    ['SELECT numeric(5, 2) FROM t WHERE a = $1', 'SELECT numeric(5, 2) FROM t WHERE a = $1'],
    ['SELECT extract($1 FROM (a + b))', 'SELECT date_part($1::text, (a + b))'],
    [`SELECT 'interval $1', "date $1" -- interval $1`, `SELECT 'interval $1', "date $1" -- interval $1`],
    ['SELECT a.date, $1', 'SELECT a.date, $1'],
  ])('writes %s as %s', (before, after) => {
    expect(repairParameters(before)).toBe(after);
  });
});

describe('castParameter', () => {
  it('casts every place of one parameter that has no cast', () => {
    expect(castParameter(`SELECT $1, $11, $1::int, '$1', $1 + 1`, 1, 'text')).toBe(
      `SELECT $1::text, $11, $1::int, '$1', $1::text + 1`,
    );
  });
});

describe('parametersNear', () => {
  it('answers those without a cast, the nearest first', () => {
    expect(parametersNear('SELECT $1 + $2 + $3::int', 12)).toEqual([2, 1]);
  });
});
