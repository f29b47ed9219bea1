import { Random } from '../../../test/support/random.js';
import type { BatchColumn, ColumnType } from '../targets/batch-target.js';
import { CopyRows, rowOffset, splitRows, valuesOf } from './copy-rows.js';

const column = (type: ColumnType): BatchColumn => ({ field: type, column: type, type });

const VALUES: Readonly<Record<ColumnType, readonly string[]>> = {
  text: ['', 'ü😀', 'tab\tand\nline', '\\N', 'x'.repeat(200_000)],
  integer: ['0', '-2147483648', '2147483647'],
  bigint: ['0', '-9223372036854775808', '9223372036854775807'],
  'double precision': ['0', '-1.5', '1e+300', '5e-324'],
  boolean: ['true', 'false'],
  timestamptz: ['2000-01-01T00:00:00Z', '1969-07-20T20:17:40.000001Z'],
  jsonb: ['{"a":[1,null]}', '"ü"', 'null'],
};
const TYPES = Object.keys(VALUES) as ColumnType[];

describe('rows for COPY', () => {
  it.each(TYPES)('give values of type %s back', (type) => {
    const columns = [column(type)];
    const rows = new CopyRows('9223372036854775807');
    for (const value of [...VALUES[type], null]) rows.add(columns, [value]);

    const { rowCount, body } = rows.take();

    expect(rowCount).toBe(VALUES[type].length + 1);
    expect(splitRows([body]).map((row) => valuesOf(row, columns))).toEqual(
      [...VALUES[type], null].map((value) => [value]),
    );
  });

  it.each([1, 2, 3])('are found by their number (seed %d)', (seed) => {
    const random = new Random(seed);
    const columns = TYPES.map(column);
    const added = Array.from({ length: 50 }, () =>
      TYPES.map((type) => (random.below(4) === 0 ? null : random.of(VALUES[type].slice(0, 3)))),
    );
    const rows = new CopyRows('1');
    for (const values of added) rows.add(columns, values);
    const { body } = rows.take();

    for (const [index, values] of added.entries()) {
      const from = rowOffset(body, 0, index);
      expect(valuesOf(body.subarray(from, rowOffset(body, from, 1)), columns)).toEqual(values);
    }
    expect(rowOffset(body, 0, added.length)).toBe(body.length);
    expect(rowOffset(body, 0, added.length + 1)).toBe(body.length);
  });

  it('begin anew when they were taken, and leave what was taken alone', () => {
    const columns = [column('text')];
    const rows = new CopyRows('1');
    rows.add(columns, ['first']);
    const first = rows.take();
    rows.add(columns, ['other']);
    rows.take();

    expect([rows.count, rows.length]).toEqual([0, 0]);
    expect(splitRows([first.body]).map((row) => valuesOf(row, columns))).toEqual([['first']]);
  });
});
