import type { BatchTarget } from '../../../src/batch/index.js';
import { sql } from '../../../src/kernel/sql.js';
import type { Database } from '../../../src/platform/database/index.js';

/** A table of the tests' own, with everything that jobs may do. */
export const THINGS: BatchTarget = {
  name: 'things',
  table: 'things',
  tenantColumn: 'tenant_id',
  walkColumn: 'id',
  columns: [
    { field: 'code', column: 'code', type: 'text', isRequired: true, maxLength: 100 },
    { field: 'size', column: 'size', type: 'integer' },
    { field: 'madeAt', column: 'made_at', type: 'timestamptz' },
    { field: 'ownerId', column: 'owner_id', type: 'integer' },
  ],
  keyColumns: ['code'],
  filters: [
    { name: 'code', column: 'code', type: 'text', comparison: '=' },
    { name: 'madeBefore', column: 'made_at', type: 'timestamptz', comparison: '<' },
  ],
  transforms: [{ name: 'double-size', assignments: 'size = size * 2' }],
  archiveTable: 'things_archive',
  ageColumn: 'made_at',
  operations: ['CREATE', 'UPDATE', 'DELETE', 'UPSERT', 'MIGRATE', 'ARCHIVE', 'PURGE'],
};

export async function createThings(db: Database): Promise<void> {
  await db.query(sql`CREATE TABLE owners (id integer PRIMARY KEY)`);
  await db.query(sql`INSERT INTO owners VALUES (1)`);
  await db.query(sql`
    CREATE TABLE things (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      tenant_id bigint NOT NULL,
      code text NOT NULL,
      size integer CHECK (size < 1000000),
      made_at timestamptz NOT NULL DEFAULT now(),
      owner_id integer REFERENCES owners,
      UNIQUE (tenant_id, code)
    )`);
  await db.query(sql`CREATE TABLE things_archive (LIKE things)`);
  await db.query(sql`CREATE INDEX ON things (tenant_id, id)`);
}

/** An upload of NDJSON. */
export async function* ndjson(records: Iterable<object>): AsyncGenerator<Buffer> {
  for (const record of records) {
    await Promise.resolve();
    yield Buffer.from(`${JSON.stringify(record)}\n`);
  }
}
