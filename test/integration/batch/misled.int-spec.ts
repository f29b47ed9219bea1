import { TableRepository } from '../../../src/batch/operations/table.repository.js';
import { BatchStateRepository } from '../../../src/batch/monitoring/batch-state.repository.js';
import { JobRepository } from '../../../src/batch/queue/job.repository.js';
import { sql } from '../../../src/kernel/sql.js';
import type { Queryable } from '../../../src/platform/database/index.js';
import { describeMisled } from '../../support/describe-misled.js';
import { type Lie, mislead } from '../../support/misleading-statistics.js';
import { StatementWork } from '../../support/statement-work.js';
import { useTestDatabase } from '../../support/test-database.js';
import { createThings, THINGS } from './things.js';

const ROWS = 20_000;
const CHUNK = 1_000;
const SENT = THINGS.columns.slice(0, 2);

describeMisled('batch jobs for a planner that $name (PostgreSQL 18 and later)', (lie: Lie) => {
  const pg = useTestDatabase();

  beforeAll(async () => {
    await createThings(pg.db);
    await mislead(pg.db, lie);
    await pg.db.query(sql`
      INSERT INTO things (tenant_id, code, size) SELECT 1, 'c' || n, 1 FROM generate_series(1, ${ROWS}::int) AS n`);
  });

  /** What was looked at to write staged records; what they did is taken back. */
  async function workOf(run: (tx: Queryable, tables: TableRepository) => Promise<number>) {
    const work = new StatementWork(pg.db);
    const rows = await pg.db.transaction(async (tx) => {
      await tx.query(sql`CREATE TEMPORARY TABLE batch_stage (tenant_id bigint, code text, size integer)`);
      await tx.query(sql`
        INSERT INTO batch_stage SELECT 1, 'c' || n, 2 FROM generate_series(1, ${CHUNK}::int) AS n`);
      const written = await run(work.noting(tx), new TableRepository(pg.db));
      await tx.query(sql`ROLLBACK AND CHAIN`);
      return written;
    });
    return { rows, work };
  }

  it.each([
    ['UPDATE', (tx: Queryable, tables: TableRepository) => tables.updateStaged(tx, THINGS, SENT)],
    ['DELETE', (tx: Queryable, tables: TableRepository) => tables.deleteStaged(tx, THINGS)],
    ['UPSERT', (tx: Queryable, tables: TableRepository) => tables.upsertStaged(tx, THINGS, SENT, true)],
  ])('%s of records looks at the rows of its records, or at all once', async (_name, run) => {
    const { rows, work } = await workOf(run);

    expect(rows).toBe(CHUNK);
    expect(work.above(ROWS)).toEqual([]);
  });

  it('records meet the rows that have all of their keys', async () => {
    const { rows } = await workOf(async (tx, tables) => {
      await tx.query(sql`UPDATE batch_stage SET size = 1 WHERE code < 'c5'`);
      await tx.query(sql`UPDATE things SET size = 2 WHERE code = 'c999'`);
      return tables.deleteStaged(tx, { ...THINGS, keyColumns: ['code', 'size'] });
    });

    const codes = Array.from({ length: CHUNK }, (_, index) => `c${index + 1}`);
    expect(rows).toBe(codes.filter((code) => code < 'c5').length + 1);
  });

  it('the queue is judged, and its jobs are listed, without a look at all partitions for each', async () => {
    await pg.db.query(sql`
      WITH job AS (
        INSERT INTO batch_jobs (tenant_id, operation, target, options, priority, state, created_by, created_at)
        SELECT 1, 'PURGE', 'things', '{}', 0, 'running', 'test', now() FROM generate_series(1, 1000) RETURNING id)
      INSERT INTO batch_partitions (job_id, part, cursor, upper_bound, processed)
      SELECT id, part, '0', '1', 1 FROM job, generate_series(0, 3) AS part`);
    const work = new StatementWork(pg.db);

    const state = await new BatchStateRepository(work.db).read();
    const jobs = await new JobRepository(work.db).list('1', undefined, 100);

    expect(work.above(ROWS)).toEqual([]);
    expect(state.processed).toBe(4_000);
    expect(jobs.map(({ processed }) => processed)).toEqual(Array.from({ length: 100 }, () => 4));
  });
});
