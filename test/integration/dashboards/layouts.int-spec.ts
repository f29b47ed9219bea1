import { sql } from '../../../src/kernel/sql.js';
import { LayoutRepository } from '../../../src/dashboards/layouts/layout.repository.js';
import { cell, dashboardsCaller, useDashboards } from '../../support/dashboards.js';
import { FakeClock } from '../../support/fake-clock.js';

const clock = new FakeClock();
const DAY_MS = 86_400_000;

describe('layouts', () => {
  const dashboards = useDashboards(clock);

  it('are kept, and invalid as soon as they are changed, and they alone', async () => {
    const one = await dashboards.start();
    const other = await dashboards.start();
    const { tenantId } = dashboards;
    const key = (layoutId: string) => one.kept.itemOf({ tenantId, layoutId })?.key ?? '';
    await one.layouts.get(tenantId, one.layoutId);
    await one.layouts.get(tenantId, other.layoutId);

    await one.regions.create(one.caller, one.layoutId, cell());
    // Whoever read past the cache would not see what was written behind everybody's back.
    await dashboards.pg.db.query(
      sql`UPDATE layouts SET name = name || ' (changed)' WHERE tenant_id = ${tenantId}::bigint`,
    );

    expect((await one.layouts.get(tenantId, one.layoutId)).name).toMatch(/changed/);
    expect((await one.layouts.get(tenantId, other.layoutId)).name).not.toMatch(/changed/);
    expect(one.kept.active().map((item) => item.key)).toEqual([key(one.layoutId), key(other.layoutId)]);
  });

  it('stay kept when somebody is refused to change them', async () => {
    const { layouts, layoutId, caller } = await dashboards.start();
    const { tenantId, pg } = dashboards;
    const { caller: stranger } = dashboardsCaller('999999');
    const { name } = await layouts.get(tenantId, layoutId);
    await pg.db.query(sql`UPDATE layouts SET name = name || '!' WHERE id = ${layoutId}::bigint`);

    await expect(layouts.delete(stranger, layoutId)).rejects.toMatchObject({ code: 'LAYOUT_NOT_FOUND' });
    await expect(layouts.change(caller, layoutId, { rows: 5, version: 9 })).rejects.toMatchObject({
      code: 'LAYOUT_VERSION_CONFLICT',
    });

    expect((await layouts.get(tenantId, layoutId)).name).toBe(name);
  });

  it('are answered as the database has them after a check, also when nobody told of a change', async () => {
    const { kept, layouts, layoutId } = await dashboards.start();
    const { tenantId, pg } = dashboards;
    const nameNow = () => layouts.get(tenantId, layoutId).then(({ name }) => name);
    const before = await nameNow();
    await kept.check();
    // As a process does that ends between its commit and its word.
    await pg.db.query(
      sql`UPDATE layouts SET name = name || '!', version = version + 1 WHERE id = ${layoutId}::bigint`,
    );

    expect(await nameNow()).toBe(before);
    await kept.check();
    expect(await nameNow()).toBe(`${before}!`);
    expect(await nameNow()).toBe(`${before}!`);

    await pg.db.query(sql`UPDATE layouts SET deleted_at = now() WHERE id = ${layoutId}::bigint`);
    expect(await nameNow()).toBe(`${before}!`);
    await kept.check();
    await expect(nameNow()).rejects.toMatchObject({ code: 'LAYOUT_NOT_FOUND' });
  });

  it('that were edited last are warmed first, and of a tenant those that were changed', async () => {
    const [one, two] = [await dashboards.start(), await dashboards.start()];
    const rows = new LayoutRepository(dashboards.pg.db);
    await clock.advance(1_000);
    await two.regions.create(two.caller, two.layoutId, cell());
    await clock.advance(1_000);
    await one.regions.create(one.caller, one.layoutId, cell());
    const since = clock.now();
    await clock.advance(1_000);
    await two.layouts.change(two.caller, two.layoutId, { rows: 9 });

    const idsOf = (places: readonly { readonly layoutId: string }[]) =>
      places.map(({ layoutId }) => layoutId);
    const all = { since: undefined, limit: 2, operations: 100 };
    expect(idsOf(await rows.editedLast(all))).toEqual([one.layoutId, two.layoutId]);
    expect(idsOf(await rows.editedLast({ ...all, operations: 1 }))).toEqual([one.layoutId]);
    expect(idsOf(await rows.editedLast({ ...all, since }))).toEqual([one.layoutId]);
    expect(idsOf(await rows.changedLastOf(dashboards.tenantId, 2))).toEqual([two.layoutId, one.layoutId]);
  });

  it('are refreshed only while they are read', async () => {
    const { kept, layouts, layoutId } = await dashboards.start();
    await layouts.get(dashboards.tenantId, layoutId);
    expect(kept.active()).toHaveLength(1);

    await clock.advance(5 * 60_000 + 1);

    expect(kept.active()).toEqual([]);
  });

  it('keep their regions on the grid', async () => {
    const { caller, layoutId, layouts, regions } = await dashboards.start();
    await regions.create(caller, layoutId, cell({ x: 10, width: 2 }));

    await expect(layouts.change(caller, layoutId, { columns: 11 })).rejects.toMatchObject({
      code: 'LAYOUT_REGION_OUTSIDE',
      details: { place: { x: 10, width: 2 }, columns: 11 },
    });
    expect(await layouts.change(caller, layoutId, { rows: 1, name: 'small' })).toMatchObject({
      ...{ name: 'small', columns: 12, rows: 1, version: 3 },
    });
  });

  it('have names of their own within a tenant, also when they are restored', async () => {
    const { caller, layoutId, layouts } = await dashboards.start();
    const { name } = await layouts.get(dashboards.tenantId, layoutId);
    const wish = { name, columns: 3, rows: 3 };
    await expect(layouts.create(caller, wish)).rejects.toMatchObject({ code: 'LAYOUT_NAME_TAKEN' });

    await layouts.delete(caller, layoutId);
    const second = await layouts.create(caller, wish);

    await expect(layouts.restore(caller, layoutId)).rejects.toMatchObject({ code: 'LAYOUT_NAME_TAKEN' });
    await layouts.delete(caller, second.id);
    expect((await layouts.restore(caller, layoutId)).id).toBe(layoutId);
  });

  it('can be restored with their regions, and are gone for everybody until then', async () => {
    const { caller, layoutId, layouts, regions, feed, steps } = await dashboards.start();
    await regions.create(caller, layoutId, cell({ title: 'still here' }));
    await layouts.get(dashboards.tenantId, layoutId);

    await layouts.delete(caller, layoutId);

    const gone = { code: 'LAYOUT_NOT_FOUND' };
    await expect(layouts.get(dashboards.tenantId, layoutId)).rejects.toMatchObject(gone);
    await expect(regions.create(caller, layoutId, cell({ x: 1 }))).rejects.toMatchObject(gone);
    await expect(steps.undo(caller, { layoutId })).rejects.toMatchObject(gone);
    expect(await feed.latest([layoutId])).toEqual(new Map());
    const { regions: restored } = await layouts.restore(caller, layoutId);
    expect(restored).toMatchObject([{ title: 'still here' }]);
  });

  it('are not there for another tenant', async () => {
    const { layoutId, layouts, regions } = await dashboards.start();
    const { caller: stranger } = dashboardsCaller('999999');
    const gone = { code: 'LAYOUT_NOT_FOUND' };

    await expect(layouts.get(stranger.tenantId, layoutId)).rejects.toMatchObject(gone);
    await expect(layouts.change(stranger, layoutId, { name: 'mine' })).rejects.toMatchObject(gone);
    await expect(layouts.delete(stranger, layoutId)).rejects.toMatchObject(gone);
    await expect(regions.create(stranger, layoutId, cell())).rejects.toMatchObject(gone);
    for (const id of ['', '0', '1e3', '9'.repeat(19), "1' OR 1=1", '../1']) {
      await expect(layouts.get(dashboards.tenantId, id)).rejects.toMatchObject(gone);
    }
  });

  it('come out of an export as they went in', async () => {
    const { caller, layoutId, transfer, bulk } = await dashboards.start();
    const create = [
      cell({ title: 'a', content: { deep: [{ x: null }] } }),
      cell({ x: 1, width: 3, height: 2 }),
    ];
    await bulk.change(caller, layoutId, { create, update: [], delete: [] });
    const exported = await transfer.exportOf(dashboards.tenantId, layoutId);

    const imported = await transfer.import(caller, { ...exported, name: 'a copy', regions: [...create] });

    expect(exported.regions).toEqual(create);
    expect(await transfer.exportOf(dashboards.tenantId, imported.id)).toEqual({
      ...exported,
      name: 'a copy',
    });
    expect(imported).toMatchObject({ lastOperation: 1, version: 2 });
  });

  it('are imported by more people at once than there are connections', async () => {
    const { caller, transfer } = await dashboards.start();
    const regions = Array.from({ length: 60 }, (_, n) => cell({ x: n % 12, y: Math.floor(n / 12) }));
    const names = Array.from({ length: 2 * dashboards.pg.config.poolMax }, (_, n) => `at once ${n}`);

    const imported = await Promise.all(
      names.map((name) => transfer.import(caller, { name, columns: 12, rows: 100, regions })),
    );

    expect(imported.map((layout) => [layout.name, layout.regions.length])).toEqual(
      names.map((name) => [name, 60]),
    );
  });

  it.each([
    ['overlapping regions', [cell({ width: 2 }), cell({ x: 1 })], 'LAYOUT_REGION_OVERLAP'],
    ['regions outside of the grid', [cell({ x: 12 })], 'LAYOUT_REGION_OUTSIDE'],
    [
      '201 regions',
      Array.from({ length: 201 }, (_, n) => cell({ x: n % 12, y: Math.floor(n / 12) })),
      'LAYOUT_FULL',
    ],
  ])('are not imported with %s', async (what, regions, code) => {
    const { caller, layoutId, transfer, bulk, layouts } = await dashboards.start();
    const input = { name: what, columns: 12, rows: 100, regions };

    await expect(transfer.import(caller, input)).rejects.toMatchObject({ code });
    await expect(bulk.replaceAll(caller, layoutId, { regions })).rejects.toMatchObject({ code });

    const { items } = await layouts.list({ tenantId: dashboards.tenantId, search: what }, { limit: 9 });
    expect(items).toEqual([]);
  });

  it('go for good after 30 days, with all that was in them, and nothing else does', async () => {
    const { caller, layoutId, layouts, regions, dashboards: saved, upkeep } = await dashboards.start();
    const other = await dashboards.start();
    const { regionId } = await regions.create(caller, layoutId, cell());
    await dashboards.pg.db.query(sql`
      INSERT INTO layout_operations (layout_id, number, actor, kind, changes, layout_version, at)
      SELECT ${layoutId}::bigint, n, 'anna', 'update', '[]', n, ${clock.now()} FROM generate_series(2, 5000) AS n`);
    const kept = await regions.create(caller, other.layoutId, cell());
    const dropped = await regions.create(caller, other.layoutId, cell({ x: 1 }));
    await regions.delete(caller, { layoutId: other.layoutId, regionId: dropped.regionId });
    const shown = { timeRange: { timeWindow: '1d' }, sections: [], filters: {}, sharing: 'read' as const };
    const dashboard = await saved.create(caller, { ...shown, name: 'shows it', layoutId });
    await layouts.delete(caller, layoutId);
    const rowsOf = async () => {
      const rows = await dashboards.pg.db.query<{ id: string }>(sql`
        SELECT id FROM layout_regions WHERE id = ANY (${[regionId, kept.regionId, dropped.regionId]}::bigint[])
        ORDER BY id`);
      return rows.map(({ id }) => id);
    };

    await clock.advance(30 * DAY_MS - 1_000);
    await upkeep.run(new AbortController().signal);
    expect(await rowsOf()).toEqual([regionId, kept.regionId, dropped.regionId]);

    await clock.advance(2_000);
    await upkeep.run(new AbortController().signal);
    expect(await rowsOf()).toEqual([kept.regionId]);
    await expect(layouts.restore(caller, layoutId)).rejects.toMatchObject({ code: 'LAYOUT_NOT_FOUND' });
    expect(await saved.get(caller, dashboard.id)).toMatchObject({ layoutId: null });
    // What was removed for good comes back by undo all the same.
    await other.steps.undo(caller, { layoutId: other.layoutId });
    expect(await rowsOf()).toEqual([kept.regionId, dropped.regionId]);
  });

  it('keep the latest 200 operations of each person, and those of 30 days', async () => {
    const { caller, layoutId, regions, feed, upkeep } = await dashboards.start();
    const { caller: ben } = dashboardsCaller(dashboards.tenantId, 'ben');
    const rename = (who: typeof caller, regionId: string, count: number) =>
      Promise.all(
        Array.from({ length: count }, (_, n) =>
          regions.update(who, { layoutId, regionId }, { title: `${n}` }),
        ),
      );
    const { regionId } = await regions.create(ben, layoutId, cell());
    await rename(caller, regionId, 210);
    await clock.advance(31 * DAY_MS);
    await rename(caller, regionId, 5);

    await upkeep.run(new AbortController().signal);

    const { changes: left } = await feed.since(layoutId, 0, 1_000);
    expect(left.filter(({ actor }) => actor === 'ben')).toHaveLength(1);
    expect(left.filter(({ actor }) => actor === 'anna')).toHaveLength(200);
    expect(left.at(-1)?.number).toBe(216);
  });
});
