import { sql } from '../../../src/kernel/sql.js';
import { RegionSearchRepository } from '../../../src/dashboards/layouts/region-search.repository.js';
import { OperationRepository } from '../../../src/dashboards/layouts/operation.repository.js';
import { LayoutRepository } from '../../../src/dashboards/layouts/layout.repository.js';
import { DashboardRepository } from '../../../src/dashboards/saved/dashboard.repository.js';
import { UpkeepRepository } from '../../../src/dashboards/upkeep/upkeep.repository.js';
import type { SqlFragment } from '../../../src/kernel/sql.js';
import type { Database } from '../../../src/platform/database/index.js';
import { cell, dashboardsCaller, useDashboards } from '../../support/dashboards.js';
import { StatementWork } from '../../support/statement-work.js';
import { useTestDatabase } from '../../support/test-database.js';

describe('search of regions', () => {
  const dashboards = useDashboards();

  async function start() {
    const parts = await dashboards.start();
    const { caller, layoutId, bulk, search } = parts;
    const create = [
      cell({ title: 'Revenue in EUR', kind: 'chart', content: { note: "it's 100 % new", rows: [42] } }),
      cell({ x: 1, title: 'Costs', kind: 'table', content: { source: 'shop-de_01' } }),
      cell({ x: 2, title: 'Größe', kind: 'chart' }),
    ];
    await bulk.change(caller, layoutId, { create, update: [], delete: [] });
    const find = async (words: string[], filter = {}) => {
      const page = await search.find(
        { tenantId: dashboards.tenantId, layoutId, words, ...filter },
        { limit: 9 },
      );
      return page.items.map(({ title }) => title);
    };
    return { ...parts, find };
  }

  it.each([
    [['rev', 'eur'], ['Revenue in EUR']],
    [['REVENUE'], ['Revenue in EUR']],
    [['42'], ['Revenue in EUR']],
    [["it's"], ['Revenue in EUR']],
    [['shop-de'], ['Costs']],
    [['tab'], ['Costs']],
    [['größ'], ['Größe']],
    [['evenue'], []],
    [['rev', 'costs'], []],
    [['!!!'], []],
    [["' | 'costs"], ['Costs']],
    [["costs' | 'revenue"], []],
    [['costs\\'], ['Costs']],
    [['&'], []],
  ])('finds by %j what begins so: %j', async (words, titles) => {
    const { find } = await start();

    expect(await find(words)).toEqual(titles);
  });

  it('filters by kind, pages, and finds nothing that is gone', async () => {
    const { caller, layoutId, find, regions, search, layouts } = await start();
    const { tenantId } = dashboards;
    const first = await search.find({ tenantId, layoutId, kind: 'chart' }, { limit: 1 });
    const second = await search.find(
      { tenantId, layoutId, kind: 'chart' },
      { limit: 1, cursor: first.nextCursor ?? '' },
    );
    await regions.delete(caller, { layoutId, regionId: first.items[0]?.id ?? '' });

    expect([...first.items, ...second.items].map(({ title }) => title)).toEqual(['Revenue in EUR', 'Größe']);
    expect(second.nextCursor).toBeNull();
    expect(await find(['rev'])).toEqual([]);
    await layouts.delete(caller, layoutId);
    const anywhere = await search.find({ tenantId, words: ['größe'], kind: 'chart' }, { limit: 200 });
    expect(anywhere.items.filter((found) => found.layoutId === layoutId)).toEqual([]);
  });

  it("finds nothing in others' layouts", async () => {
    const { layoutId, search } = await start();
    const { caller: stranger } = dashboardsCaller('999999');

    await expect(search.find({ tenantId: stranger.tenantId, layoutId }, { limit: 9 })).rejects.toMatchObject({
      code: 'LAYOUT_NOT_FOUND',
    });
    expect((await search.find({ tenantId: stranger.tenantId, words: ['rev'] }, { limit: 9 })).items).toEqual(
      [],
    );
  });
});

interface PlanNode {
  readonly 'Index Name'?: string;
  readonly 'Node Type': string;
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly 'Rows Removed by Filter'?: number;
  readonly Plans?: readonly PlanNode[];
}

const nodesOf = (node: PlanNode): PlanNode[] => [node, ...(node.Plans ?? []).flatMap(nodesOf)];
/** Rows that the node that looks at most has looked at. */
const mostRows = (plan: PlanNode): number =>
  Math.max(
    ...nodesOf(plan).map(
      (node) => (node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0)) * node['Actual Loops'],
    ),
  );

describe('plans of the paths', () => {
  const pg = useTestDatabase();
  let plan: PlanNode | undefined;
  const LONG_AGO = new Date('2020-01-01T00:00:00Z');

  beforeAll(async () => {
    await pg.db.query(sql`INSERT INTO tenants (slug, name) VALUES ('other', 'Other')`);
    await pg.db.query(sql`
      INSERT INTO layouts (tenant_id, name, grid_columns, grid_rows, created_by, last_operation)
      SELECT CASE WHEN n <= 400 THEN 1 ELSE 2 END, 'l' || n, 20, 10, 'anna', 100 FROM generate_series(1, 2000) AS n`);
    await pg.db.query(sql`
      INSERT INTO layout_regions (layout_id, tenant_id, x, y, width, height, title, kind, content, created_by, created_at,
        updated_at, deleted_at)
      SELECT layout, 1, n % 20, n / 20, 1, 1, 'Region number ' || n || ' of' || layout || CASE WHEN layout > 60 THEN ' late' ELSE '' END
        || CASE WHEN layout > 370 AND n = 49 THEN ' far' ELSE '' END,
        CASE n WHEN 7 THEN 'rare' ELSE 'chart' END, '{}', 'anna', now(), now(),
        CASE WHEN n % 10 = 0 THEN now() END
      FROM generate_series(1, 400) AS layout, generate_series(0, 49) AS n`);
    await pg.db.query(sql`
      INSERT INTO layout_operations (layout_id, number, actor, kind, changes, layout_version, at)
      SELECT layout, n, 'p' || n % 5, 'update', '[]', n, now() FROM generate_series(1, 400) AS layout,
        generate_series(1, 100) AS n`);
    await pg.db.query(sql`
      INSERT INTO dashboards (tenant_id, name, owner, sharing, sections, filters, time_range)
      SELECT CASE WHEN n <= 400 THEN 1 ELSE 2 END, 'd' || n, 'p' || n % 5, 'read', '[]', '{}', '{}'
      FROM generate_series(1, 4000) AS n`);
    await pg.db.query(sql`ANALYZE layouts, layout_regions, layout_operations, dashboards`);
  });

  /** Explains what it is sent, and answers nothing. */
  const explainer = {
    read: (statement: SqlFragment) => explain(statement),
    query: (statement: SqlFragment) => explain(statement),
    execute: async (statement: SqlFragment) => (await explain(statement)).length,
  } as unknown as Database;

  async function explain(statement: SqlFragment): Promise<never[]> {
    await pg.db.transaction(async (tx) => {
      const [row] = await tx.query<{ 'QUERY PLAN': readonly [{ Plan: PlanNode }] }>(
        sql`EXPLAIN (ANALYZE, FORMAT JSON) ${statement}`,
      );
      plan = row?.['QUERY PLAN'][0].Plan;
      await tx.query(sql`ROLLBACK AND CHAIN`);
    });
    return [];
  }

  const [layouts, regions, operations, saved, upkeep] = [
    new LayoutRepository(explainer),
    new RegionSearchRepository(explainer),
    new OperationRepository(explainer),
    new DashboardRepository(explainer),
    new UpkeepRepository(explainer),
  ];
  const page = { limit: 20 };
  const onlooker = { tenantId: '1', actor: 'p1', isAdmin: false };

  it.each<[string, string, number, () => Promise<unknown>]>([
    ['a layout with its regions', 'layout_regions_layout', 50, () => layouts.findWithRegions('1', '33')],
    ['a page of layouts', 'layouts_tenant', 21, () => layouts.list({ tenantId: '1' }, page)],
    [
      'regions of a layout by words',
      'layout_regions_layout',
      50,
      () => regions.find({ tenantId: '1', layoutId: '33', words: ['numb'] }, page),
    ],
    [
      'regions of a layout by kind',
      'layout_regions_layout',
      50,
      () => regions.find({ tenantId: '1', layoutId: '33', kind: 'chart' }, page),
    ],
    [
      'regions of a tenant by kind',
      'layout_regions_kind',
      400,
      () => regions.find({ tenantId: '1', kind: 'rare' }, page),
    ],
    [
      'regions of a tenant by words, while they are common',
      'layout_regions_tenant',
      2_000,
      () => regions.find({ tenantId: '1', words: ['of123'] }, page),
    ],
    [
      'regions of a tenant by words that all have: as many as are wanted, and not where a look would end',
      'layout_regions_tenant',
      21,
      () => regions.find({ tenantId: '1', words: ['region'] }, page),
    ],
    [
      'operations after a number',
      'layout_operations_pkey',
      20,
      () => operations.since('33', 70, { limit: 19, mostBytes: 9_999 }),
    ],
    ['the latest operations', 'layouts_pkey', 3, () => operations.latest(['1', '2', '3'])],
    ['a page of history', 'layout_operations_pkey', 21, () => operations.list('33', page)],
    [
      "a page of one person's history",
      'layout_operations_actor',
      20,
      () => operations.list('33', { ...page, actor: 'p1' }),
    ],
    [
      'what can be undone',
      'layout_operations_actor',
      1,
      () => operations.undoable(explainer, { layoutId: '33', actor: 'p1' }),
    ],
    [
      'what can be redone',
      'layout_operations_actor',
      1,
      () => operations.redoable(explainer, { layoutId: '33', actor: 'p1' }),
    ],
    ['a page of dashboards', 'dashboards_tenant', 21, () => saved.list(onlooker, {}, page)],
    ['regions to remove', 'layout_regions_deleted', 1, () => upkeep.removeRegions(LONG_AGO, 100)],
    ['layouts to remove', 'layouts_deleted', 1, () => upkeep.removeLayouts(LONG_AGO, 100)],
    ['dashboards to remove', 'dashboards_deleted', 1, () => upkeep.removeDashboards(LONG_AGO, 100)],
  ])('%s: by %s, looking at %s rows at most', async (_what, index, most, run) => {
    await run();

    expect(plan).toBeDefined();
    const used = plan === undefined ? [] : nodesOf(plan).map((node) => node['Index Name']);
    expect(used).toContain(index);
    expect(plan === undefined ? Infinity : mostRows(plan)).toBeLessThanOrEqual(most);
  });

  it.each([
    ['rare, and far from the first', { words: ['of399'] }],
    ['among the first and the last', { words: ['of3'] }],
    ['rare, beside signs that are no word', { words: ['of399', '------'] }],
    ['of a kind', { words: ['of3'], kind: 'rare' }],
    ['more than are put in order, and none of the first', { words: ['late'] }],
    ['not there', { words: ['nowhere'] }],
    ['all there are', {}],
  ])('finds all regions of a tenant that are %s, page by page', async (_what, filter) => {
    const search = new RegionSearchRepository(pg.db);
    const found: string[] = [];
    let cursor: string | undefined;
    for (let pages = 0; pages < 8; pages += 1) {
      const { items, nextCursor } = await search.find({ tenantId: '1', ...filter }, { limit: 200, cursor });
      found.push(...items.map(({ id }) => id));
      if (nextCursor === null) break;
      cursor = nextCursor;
    }
    const { words: [word = ''] = [], kind = '' } = filter as { words?: string[]; kind?: string };
    const expected = await pg.db.query<{ id: string }>(sql`
      SELECT id FROM layout_regions WHERE tenant_id = 1 AND deleted_at IS NULL AND title LIKE ${`% ${word}%`}
        AND kind LIKE ${`${kind}%`} ORDER BY id LIMIT 1600`);

    expect(found).toEqual(expected.map(({ id }) => id));
  });

  it('finds what is rare by the index of words', async () => {
    const work = new StatementWork(pg.db);

    const { items } = await new RegionSearchRepository(work.db).find({ tenantId: '1', words: ['far'] }, page);

    expect(items).toHaveLength(20);
    expect(work.above(2_000)).toEqual([]);
  });

  it('asks the index for the rarest of the words, whichever comes first', async () => {
    const found = await Promise.all(
      [
        ['region', 'far'],
        ['far', 'region'],
      ].map(async (words) => {
        const work = new StatementWork(pg.db);
        const { items } = await new RegionSearchRepository(work.db).find({ tenantId: '1', words }, page);
        expect(work.above(2_000)).toEqual([]);
        return items.map(({ id }) => id);
      }),
    );

    expect(found[0]).toHaveLength(20);
    expect(found[1]).toEqual(found[0]);
  });

  it('reads nothing of other tenants in the index, however common their words are', async () => {
    await pg.db.query(sql`
      INSERT INTO layout_regions (layout_id, tenant_id, x, y, width, height, title, kind, content, created_by, created_at,
        updated_at)
      SELECT layout, 2, n % 20, n / 20, 1, 1, 'far' || n, 'chart', '{}', 'anna', now(), now()
      FROM generate_series(401, 700) AS layout, generate_series(0, 9) AS n`);
    const work = new StatementWork(pg.db);

    const { items } = await new RegionSearchRepository(work.db).find({ tenantId: '1', words: ['far'] }, page);

    expect(items).toHaveLength(20);
    expect(work.above(2_000)).toEqual([]);
  });

  it('finds what stays while others go', async () => {
    await pg.db.query(sql`INSERT INTO tenants (slug, name) VALUES ('third', 'Third')`);
    await pg.db.query(sql`
      INSERT INTO layouts (tenant_id, name, grid_columns, grid_rows, created_by) VALUES (3, 'long', 100, 100, 'anna')`);
    await pg.db.query(sql`
      INSERT INTO layout_regions (layout_id, tenant_id, x, y, width, height, title, kind, content, created_by, created_at,
        updated_at)
      SELECT layouts.id, 3, n % 100, n / 100, 1, 1, CASE n WHEN 2005 THEN 'needle' ELSE 'hay' END, 'chart', '{}', 'anna',
        now(), now()
      FROM layouts, generate_series(0, 2100) AS n WHERE layouts.tenant_id = 3`);
    /** Somebody deletes the first regions after each statement. */
    const db = {
      read: async (statement: SqlFragment) => {
        const rows = await pg.db.read(statement);
        await pg.db.query(sql`UPDATE layout_regions SET deleted_at = now() WHERE tenant_id = 3 AND y = 0`);
        return rows;
      },
    } as unknown as Database;

    const { items } = await new RegionSearchRepository(db).find({ tenantId: '3', words: ['needle'] }, page);

    expect(items.map(({ title }) => title)).toEqual(['needle']);
  });

  it('sees a path without an index (control)', async () => {
    await explain(sql`SELECT id FROM layout_regions WHERE title = 'Region number 7 of33'`);

    expect(plan === undefined ? 0 : mostRows(plan)).toBeGreaterThan(10_000);
  });
});
