import { joinSql, sql } from './sql.js';

describe('pieces of SQL', () => {
  it('are joined, however many there are', () => {
    const joined = (count: number) =>
      sql`SELECT ${1} ${joinSql(
        Array.from({ length: count }, (_, index) => sql`, ${index}`),
        '',
      )}`.compile();

    expect(joined(0)).toEqual({ text: 'SELECT $1 ', values: [1] });
    expect(joined(1)).toEqual({ text: 'SELECT $1 , $2', values: [1, 0] });
    expect(joined(2)).toEqual({ text: 'SELECT $1 , $2, $3', values: [1, 0, 1] });
  });
});
