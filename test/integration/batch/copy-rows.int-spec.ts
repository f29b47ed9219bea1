import { copyFileOf, CopyRows } from '../../../src/batch/input/copy-rows.js';
import { encodeValue } from '../../../src/batch/input/record-columns.js';
import type { BatchColumn, ColumnType } from '../../../src/batch/targets/batch-target.js';
import { sql, trustedSql } from '../../../src/kernel/sql.js';
import { useTestDatabase } from '../../support/test-database.js';

/** What clients may send, and what PostgreSQL itself makes of the same text. */
const SENT: readonly (readonly [type: ColumnType, values: readonly unknown[]])[] = [
  ['text', ['', 'ü😀 "quoted" \t\n\r\\N \\.', 'a'.repeat(10_000)]],
  ['integer', [0, -2147483648, '2147483647', '-0', '007']],
  ['bigint', ['9223372036854775807', '-9223372036854775808', 42]],
  ['double precision', [0, -0.1, '1e-7', 1.7976931348623157e308, '5e-324', '.5', '+3.']],
  ['boolean', [true, false, 'true', 'false']],
  [
    'timestamptz',
    [
      '2026-01-31T12:00:00Z',
      '2026-01-31T12:00Z',
      '1999-12-31T23:59:59.999999Z',
      '2024-02-29T23:30:00.5+13:45',
      '0001-01-01T00:00:00Z',
      '9999-12-31T23:59:59-15:59',
      '1583-10-15T24:00:00Z',
    ],
  ],
  ['jsonb', [{ a: [1, 'ü', null] }, '[1, 2]', 7, true, 'null']],
];

describe('rows for COPY on PostgreSQL', () => {
  const pg = useTestDatabase();

  it.each(SENT)('of type %s are what their texts are', async (type, values) => {
    const columns: BatchColumn[] = [{ field: 'sent', column: 'sent', type }];
    const texts = [...values, null].map((value) =>
      encodeValue({ field: 'sent', column: 'sent', type }, value),
    );
    const rows = new CopyRows('9223372036854775807');
    for (const text of texts) rows.add(columns, [text]);
    const name = trustedSql(type);
    await pg.db.query(sql`DROP TABLE IF EXISTS copied`);
    await pg.db.query(
      sql`CREATE TABLE copied (n integer GENERATED ALWAYS AS IDENTITY, tenant_id bigint, sent ${name})`,
    );

    await pg.db.copyIn(
      sql`COPY copied (tenant_id, sent) FROM STDIN (FORMAT binary)`,
      copyFileOf([rows.take().body]),
    );

    const alike = await pg.db.query<{ isAlike: boolean; tenantId: string }>(sql`
      SELECT sent IS NOT DISTINCT FROM text::${name} AS "isAlike", tenant_id AS "tenantId"
      FROM copied JOIN unnest(${texts}::text[]) WITH ORDINALITY AS given (text, n) USING (n)`);
    expect(alike).toEqual(texts.map(() => ({ isAlike: true, tenantId: '9223372036854775807' })));
  });
});
