import { cell, useDashboards } from '../../support/dashboards.js';

describe('regions of a layout', () => {
  const dashboards = useDashboards();

  it('tells each change once, and has it to be read afterwards', async () => {
    const { caller, layoutId, regions, feed, told } = await dashboards.start();

    const { regionId } = await regions.create(caller, layoutId, cell());
    await regions.update(caller, { layoutId, regionId, version: 1 }, { x: 3 });
    const { layoutVersion } = await regions.delete(caller, { layoutId, regionId, version: 2 });

    expect(told.map(({ number, kind }) => [number, kind])).toEqual([
      [1, 'create'],
      [2, 'update'],
      [3, 'delete'],
    ]);
    expect(told[1]?.changes).toEqual([{ regionId, region: { ...cell(), id: regionId, x: 3, version: 2 } }]);
    expect(await feed.since(layoutId, 0, 10)).toEqual({ changes: told, isMore: false });
    expect(await feed.latest([layoutId])).toEqual(new Map([[layoutId, 3]]));
    expect(await feed.find(caller.tenantId, layoutId)).toMatchObject({ version: layoutVersion });
  });

  it('has large changes to be read a few at a time, and one at least', async () => {
    const { caller, layoutId, bulk, feed } = await dashboards.start();
    const content = { text: 'x'.repeat(4_000) };
    const create = Array.from({ length: 200 }, (_, x) => cell({ x: x % 12, y: Math.floor(x / 12), content }));
    await bulk.change(caller, layoutId, { create, update: [], delete: [] });
    await bulk.replaceAll(caller, layoutId, { regions: create });
    await bulk.replaceAll(caller, layoutId, { regions: [] });
    await bulk.replaceAll(caller, layoutId, { regions: [cell()] });

    const read: number[][] = [];
    for (let number = 0, isMore = true; isMore; number = read.at(-1)?.at(-1) ?? 0) {
      const page = await feed.since(layoutId, number, 200);
      read.push(page.changes.map((change) => change.number));
      ({ isMore } = page);
    }

    expect(read).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect(await feed.since(layoutId, 0, 1)).toMatchObject({ changes: [{ number: 1 }], isMore: true });
    expect(await feed.since(layoutId, 4, 9)).toEqual({ changes: [], isMore: false });
  });

  it('refuses a version that was, and one that never was, with the region as it is', async () => {
    const { caller, layoutId, regions } = await dashboards.start();
    const { regionId } = await regions.create(caller, layoutId, cell());
    await regions.update(caller, { layoutId, regionId }, { x: 3 });

    for (const version of [1, 99]) {
      await expect(regions.update(caller, { layoutId, regionId, version }, { x: 4 })).rejects.toMatchObject({
        code: 'LAYOUT_VERSION_CONFLICT',
        details: { current: { id: regionId, x: 3, version: 2 } },
      });
    }
  });

  it('writes nothing when nothing changes', async () => {
    const { caller, layoutId, regions, told } = await dashboards.start();
    const { regionId } = await regions.create(caller, layoutId, cell());

    const outcome = await regions.update(caller, { layoutId, regionId }, { x: 0, content: {} });

    expect(outcome).toMatchObject({ operation: 1, region: { version: 1 } });
    expect(told).toHaveLength(1);
  });
});
