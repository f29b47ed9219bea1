import { TableRepository, type At } from '../../../src/batch/operations/table.repository.js';
import { type SqlFragment, sql } from '../../../src/kernel/sql.js';
import type { Queryable } from '../../../src/platform/database/index.js';
import { explain, mostRows, type PlanNode, StatementWork } from '../../support/statement-work.js';
import { useTestDatabase } from '../../support/test-database.js';
import { createThings, THINGS } from './things.js';

const ROWS = 20_000;
const CHUNK = 1_000;
const SENT = THINGS.columns.slice(0, 2);

describe('steps along a table, for a tenant that the statistics of the planner do not know', () => {
  const pg = useTestDatabase();
  const at: At = { from: { tenantId: '1', conditions: [], after: '0', upTo: '100000' }, size: CHUNK };

  beforeAll(async () => {
    await createThings(pg.db);
    await pg.db.query(sql`
      INSERT INTO things (tenant_id, code, size) SELECT 2, 'c' || n, 1 FROM generate_series(1, 3000) AS n`);
    await pg.db.query(sql`ANALYZE things`);
    await pg.db.query(sql`TRUNCATE things`);
    await pg.db.query(sql`ALTER TABLE things SET (autovacuum_enabled = false)`);
    await pg.db.query(sql`
      INSERT INTO things (tenant_id, code, size) SELECT 1, 'c' || n, 1 FROM generate_series(1, ${ROWS}) AS n`);
  });

  /** Runs the statement, and takes back what it did. */
  async function planOf(run: (tx: Queryable) => Promise<unknown>): Promise<PlanNode> {
    let plan: PlanNode | undefined;
    const note = async (tx: Queryable, statement: SqlFragment): Promise<never[]> => {
      plan = await explain(tx, statement);
      await tx.query(sql`ROLLBACK AND CHAIN`);
      return [];
    };
    await pg.db.transaction((tx) => run({ ...tx, query: (statement) => note(tx, statement) }));
    if (plan === undefined) throw new Error('nothing was explained');
    return plan;
  }

  const tables = () => new TableRepository(pg.db);

  it.each([
    ['DELETE', (tx: Queryable) => tables().deleteWhere(tx, THINGS, at)],
    [
      'UPDATE',
      (tx: Queryable) =>
        tables().updateWhere(tx, THINGS, at, [
          { column: { field: 'size', column: 'size', type: 'integer' }, value: '2' },
        ]),
    ],
    ['ARCHIVE', (tx: Queryable) => tables().archiveWhere(tx, THINGS, at)],
    [
      'MIGRATE',
      (tx: Queryable) =>
        tables().transformWhere(tx, THINGS, at, { name: 'double', assignments: 'size = size * 2' }),
    ],
  ])('%s looks at the rows of its chunk alone', async (_name, run) => {
    const plan = await planOf(run);

    expect(mostRows(plan)).toBe(CHUNK);
  });

  it.each([
    ['UPDATE', (tx: Queryable) => tables().updateStaged(tx, THINGS, SENT)],
    ['DELETE', (tx: Queryable) => tables().deleteStaged(tx, THINGS)],
  ])('%s of records looks at the rows of its records, or at all once', async (_name, run) => {
    const work = new StatementWork(pg.db);
    const rows = await pg.db.transaction(async (tx) => {
      await tx.query(sql`CREATE TEMPORARY TABLE batch_stage (tenant_id bigint, code text, size integer)`);
      await tx.query(sql`
        INSERT INTO batch_stage SELECT 1, 'c' || n, 2 FROM generate_series(1, ${CHUNK}::int) AS n`);
      const written = await run(work.noting(tx));
      await tx.query(sql`ROLLBACK AND CHAIN`);
      return written;
    });

    expect(rows).toBe(CHUNK);
    expect(work.above(ROWS)).toEqual([]);
  });

  it('would find a join that looks at more', async () => {
    const joined = (tx: Queryable) =>
      tx.query(sql`
        WITH page AS MATERIALIZED (
          SELECT id AS walked FROM things WHERE tenant_id = 1 ORDER BY id LIMIT ${CHUNK}
        )
        DELETE FROM things AS kept USING page WHERE kept.id = page.walked AND kept.tenant_id = 1`);

    expect(mostRows(await planOf(joined))).toBeGreaterThan(CHUNK * ROWS * 0.9);
  });
});
