import { LayoutRepository } from '../../../src/dashboards/layouts/layout.repository.js';
import type { NewOperation } from '../../../src/dashboards/layouts/operation.js';
import { OperationRepository } from '../../../src/dashboards/layouts/operation.repository.js';
import { RegionRepository } from '../../../src/dashboards/layouts/region.repository.js';
import { RegionSearchRepository } from '../../../src/dashboards/layouts/region-search.repository.js';
import { DashboardRepository } from '../../../src/dashboards/saved/dashboard.repository.js';
import { UpkeepRepository } from '../../../src/dashboards/upkeep/upkeep.repository.js';
import { sql } from '../../../src/kernel/sql.js';
import { cell } from '../../support/dashboards.js';
import { describeMisled } from '../../support/describe-misled.js';
import { type Lie, mislead } from '../../support/misleading-statistics.js';
import { StatementWork } from '../../support/statement-work.js';
import { useTestDatabase } from '../../support/test-database.js';

const LAYOUTS = 1_500;
const REGIONS = 10;
/** Of each table whose rows are of layouts. */
const ALL_ROWS = LAYOUTS * REGIONS;
/** A walk looks at so many, and at the layout of each. */
const MOST_ROWS = 2_500;
const LONG_AGO = new Date('2020-01-01T00:00:00Z');

describeMisled('dashboards for a planner that $name (PostgreSQL 18 and later)', (lie: Lie) => {
  const pg = useTestDatabase();

  beforeAll(async () => {
    await mislead(pg.db, lie);
    await pg.db.query(sql`INSERT INTO tenants (slug, name) VALUES ('other', 'Other')`);
    await pg.db.query(sql`
      INSERT INTO layouts (tenant_id, name, grid_columns, grid_rows, created_by, last_operation)
      SELECT 1 + n % 2, 'l' || n, 20, 10, 'anna', ${REGIONS}::int FROM generate_series(1, ${LAYOUTS}::int) AS n`);
    await pg.db.query(sql`
      INSERT INTO layout_regions (layout_id, tenant_id, x, y, width, height, title, kind, content, created_by,
        created_at, updated_at)
      SELECT id, tenant_id, n % 20, n / 20, 1, 1, 'Region number ' || n || ' of' || id, CASE n WHEN 7 THEN 'rare' ELSE 'chart' END,
        '{}', 'anna', now(), now()
      FROM layouts, generate_series(0, ${REGIONS}::int - 1) AS n`);
    await pg.db.query(sql`
      INSERT INTO layout_operations (layout_id, number, actor, kind, changes, layout_version, at)
      SELECT id, n, 'p' || n % 5, 'update', '[]', n, now() FROM layouts, generate_series(1, ${REGIONS}::int) AS n`);
    await pg.db.query(sql`
      INSERT INTO dashboards (tenant_id, name, owner, sharing, sections, filters, time_range)
      SELECT 1, 'd' || n, 'p' || n % 5, 'private', '[]', '{}', '{}' FROM generate_series(1, ${ALL_ROWS}::int) AS n`);
  });

  const page = { limit: 20 };
  const [layoutId, other] = ['33', '35'];

  it.each<[string, (work: StatementWork) => Promise<unknown>]>([
    ['a layout with its regions', ({ db }) => new LayoutRepository(db).findWithRegions('2', layoutId)],
    ['a page of layouts', ({ db }) => new LayoutRepository(db).list({ tenantId: '2' }, page)],
    [
      'a region outside of a grid',
      ({ db }) => new LayoutRepository(db).outside(db, layoutId, { columns: 9, rows: 9 }),
    ],
    [
      'the layouts edited last',
      ({ db }) => new LayoutRepository(db).editedLast({ since: LONG_AGO, limit: 20, operations: 500 }),
    ],
    ['versions of layouts', ({ db }) => new LayoutRepository(db).versions([layoutId, other])],
    ['all regions of a layout', ({ db }) => new RegionRepository(db).all(layoutId)],
    ...[
      { layoutId, words: ['numb'] },
      { layoutId, kind: 'chart' },
      { layoutId, words: ['of35'] },
      { kind: 'chart' },
      { kind: 'rare' },
      { words: ['of35'] },
      { words: ['numb'] },
      { words: ['of35'], kind: 'rare' },
      {},
    ].map((filter): [string, (work: StatementWork) => Promise<unknown>] => [
      `regions by ${JSON.stringify(filter)}`,
      ({ db }) => new RegionSearchRepository(db).find({ tenantId: '2', ...filter }, page),
    ]),
    [
      'operations after a number',
      ({ db }) => new OperationRepository(db).since(layoutId, 10, { limit: 20, mostBytes: 9_999 }),
    ],
    ['the latest operations', ({ db }) => new OperationRepository(db).latest([layoutId, other])],
    ['a page of history', ({ db }) => new OperationRepository(db).list(layoutId, page)],
    [
      "a page of one person's history",
      ({ db }) => new OperationRepository(db).list(layoutId, { ...page, actor: 'p1' }),
    ],
    ['what can be undone', ({ db }) => new OperationRepository(db).undoable(db, { layoutId, actor: 'p1' })],
    ['what can be redone', ({ db }) => new OperationRepository(db).redoable(db, { layoutId, actor: 'p1' })],
    [
      'a dashboard',
      ({ db }) => new DashboardRepository(db).find({ tenantId: '1', actor: 'p1', isAdmin: false }, '7'),
    ],
    [
      'a page of dashboards',
      ({ db }) => new DashboardRepository(db).list({ tenantId: '1', actor: 'p1', isAdmin: false }, {}, page),
    ],
    [
      'operations to remove',
      ({ db }) =>
        new UpkeepRepository(db).removeOperations(layoutId, { before: LONG_AGO, kept: 10, limit: 99 }),
    ],
  ])('%s: few rows are looked at', async (_name, run) => {
    const work = new StatementWork(pg.db);

    await run(work);

    expect(work.statements).toBeGreaterThan(0);
    expect(work.above(MOST_ROWS)).toEqual([]);
  });

  it('a bulk change looks at the regions and operations that it names', async () => {
    const regions = await new RegionRepository(pg.db).all(other);
    const gone = regions.slice(0, 5).map(({ id: regionId }) => ({ regionId, before: null, after: null }));
    const placed = regions
      .slice(5)
      .map(({ id: regionId }, x) => ({ regionId, before: null, after: cell({ x, y: 9 }) }));
    const operation: NewOperation = {
      ...{ number: REGIONS + 1, actor: 'p1', kind: 'undo', changes: [...gone, ...placed], layoutVersion: 2 },
      ...{ takesBack: 3, at: new Date() },
    };
    const work = new StatementWork(pg.db);

    const isWritten = await new RegionRepository(work.db).write(
      work.db,
      { tenantId: '2', layoutId: other, version: 1 },
      [operation],
    );

    expect(isWritten).toBe(true);
    expect(work.above(MOST_ROWS)).toEqual([]);
    expect(await new RegionRepository(pg.db).all(other)).toHaveLength(5);
  });

  it('clean-up looks at all rows once, at the most', async () => {
    const work = new StatementWork(pg.db);
    const upkeep = new UpkeepRepository(work.db);

    await upkeep.removeRegions(LONG_AGO, 100);
    await upkeep.removeHistories(LONG_AGO, 100);
    await upkeep.removeLayouts(LONG_AGO, 100);
    await upkeep.removeDashboards(LONG_AGO, 100);

    expect(work.statements).toBe(4);
    expect(work.above(ALL_ROWS)).toEqual([]);
  });

  it('clean-up walks operations of each layout once', async () => {
    const work = new StatementWork(pg.db);

    await new UpkeepRepository(work.db).longLayouts(LONG_AGO, { afterId: '0', kept: 5, limit: 100 });

    expect(work.above(LAYOUTS)).toEqual([]);
  });

  it('sees a statement that looks at all rows (control)', async () => {
    const work = new StatementWork(pg.db);

    await work.db.query(sql`SELECT id FROM layout_regions WHERE title = 'Region number 7 of33'`);

    expect(work.above(ALL_ROWS - 1)).toHaveLength(1);
  });
});
