import { TableRepository, type At } from '../../../src/batch/operations/table.repository.js';
import { type SqlFragment, sql } from '../../../src/kernel/sql.js';
import type { Queryable } from '../../../src/platform/database/index.js';
import { useTestDatabase } from '../../support/test-database.js';
import { createThings, THINGS } from './things.js';

const ROWS = 20_000;
const CHUNK = 1_000;

interface PlanNode {
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly 'Rows Removed by Filter'?: number;
  readonly 'Rows Removed by Join Filter'?: number;
  readonly Plans?: readonly PlanNode[];
}

/** Rows that the node that looks at most has looked at. */
function mostRows(node: PlanNode): number {
  const removed = (node['Rows Removed by Filter'] ?? 0) + (node['Rows Removed by Join Filter'] ?? 0);
  const own = (node['Actual Rows'] + removed) * node['Actual Loops'];
  return Math.max(own, ...(node.Plans ?? []).map(mostRows));
}

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
    const explain = async (tx: Queryable, statement: SqlFragment): Promise<never[]> => {
      const [row] = await tx.query<{ 'QUERY PLAN': readonly [{ Plan: PlanNode }] }>(
        sql`EXPLAIN (ANALYZE, FORMAT JSON) ${statement}`,
      );
      plan = row?.['QUERY PLAN'][0].Plan;
      await tx.query(sql`ROLLBACK AND CHAIN`);
      return [];
    };
    await pg.db.transaction((tx) => run({ ...tx, query: (statement) => explain(tx, statement) }));
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
