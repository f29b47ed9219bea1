import pg from 'pg';
import { sql } from '../../../src/kernel/sql.js';
import { type BatchInstance, startBatch } from '../../support/batch.js';
import { eventually } from '../../support/eventually.js';
import { Random } from '../../support/random.js';
import { useTestDatabase } from '../../support/test-database.js';
import { createThings, ndjson, THINGS } from './things.js';

const CALLER = { tenantId: '1', actor: 'key:test' };
const ROWS = 60_000;
const CUTS = 25;

describe('batch jobs whose database fails', () => {
  const database = useTestDatabase({ isServed: true });
  let batches: BatchInstance[];
  let admin: pg.Client;

  beforeAll(async () => {
    await createThings(database.db);
    batches = await Promise.all([startBatch(database.url, [THINGS]), startBatch(database.url, [THINGS])]);
    admin = new pg.Client({ connectionString: database.url, application_name: 'admin' });
    // The database is dropped under it at the end.
    admin.on('error', () => undefined);
    await admin.connect();
  });
  afterAll(async () => {
    await Promise.all(batches.map((batch) => batch.close()));
    await admin.end();
  });

  it('write every record once, though every connection is cut again and again', async () => {
    const [batch] = batches;
    const records = Array.from({ length: ROWS }, (_, i) => ({ code: `c${i}`, size: i }));
    const id =
      (await batch?.jobs.upload(
        CALLER,
        { operation: 'CREATE', target: 'things' },
        { format: 'ndjson', body: ndjson(records) },
      )) ?? '';
    const random = new Random(3);

    for (let cut = 0; cut < CUTS; cut += 1) {
      await new Promise((resolve) => setTimeout(resolve, random.fraction() * 40));
      await admin.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND pid <> pg_backend_pid()`,
      );
    }

    await eventually(
      async () => {
        const [job] = await database.db.query<{ state: string }>(sql`
          SELECT state FROM batch_jobs WHERE id = ${id}::bigint`);
        expect(job).toEqual({ state: 'succeeded' });
      },
      { withinMs: 60_000 },
    );
    const [row] = await database.db.query(sql`
      SELECT count(*)::int AS rows, count(DISTINCT code)::int AS distinct,
        (SELECT sum(processed)::int FROM batch_partitions WHERE job_id = ${id}::bigint) AS processed
      FROM things`);
    expect(row).toEqual({ rows: ROWS, distinct: ROWS, processed: ROWS });
  });

  it('take over what a worker left behind, and fail when its input is gone', async () => {
    const [batch] = batches;
    const id =
      (await batch?.jobs.upload(
        CALLER,
        { operation: 'UPSERT', target: 'things' },
        { format: 'ndjson', body: ndjson([{ code: 'late', size: 1 }]) },
      )) ?? '';
    await eventually(async () =>
      expect(await batch?.ledger.get('1', id)).toMatchObject({ state: 'succeeded' }),
    );
    // As if its worker had been killed in the middle.
    await database.db.query(sql`
      UPDATE batch_partitions SET state = 'pending', cursor = '0', owner = 'gone',
        lease_until = clock_timestamp() + interval '1 second' WHERE job_id = ${id}::bigint`);
    await database.db.query(sql`UPDATE batch_jobs SET state = 'running' WHERE id = ${id}::bigint`);

    await eventually(async () => expect(await batch?.ledger.get('1', id)).toMatchObject({ state: 'failed' }));
  });
});
