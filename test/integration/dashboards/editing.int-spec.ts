import { sql } from '../../../src/kernel/sql.js';
import { LayoutRepository } from '../../../src/dashboards/layouts/layout.repository.js';
import type { CurrentLayout } from '../../../src/dashboards/layouts/layout-wish.js';
import { LayoutWriter } from '../../../src/dashboards/layouts/layout-writer.js';
import { overlap } from '../../../src/dashboards/layouts/rectangle.js';
import { RegionIds } from '../../../src/dashboards/layouts/region-ids.js';
import { RegionRepository } from '../../../src/dashboards/layouts/region.repository.js';
import type { Region } from '../../../src/dashboards/index.js';
import { SystemClock } from '../../../src/kernel/clock.js';
import { cell, dashboardsCaller, useDashboards } from '../../support/dashboards.js';
import { Random } from '../../support/random.js';

/** Pairs of regions that share a cell. */
function overlaps(regions: readonly Region[]): string[] {
  return regions.flatMap((one, index) =>
    regions.slice(index + 1).flatMap((other) => (overlap(one, other) ? [`${one.id} and ${other.id}`] : [])),
  );
}

describe('many people at one layout', () => {
  const dashboards = useDashboards();

  it.each([1, 2, 3])(
    'leaves no overlap, and numbers without gaps, on two instances (seed %s)',
    async (seed) => {
      const random = new Random(seed);
      const [here, there] = [await dashboards.start(), await dashboards.start()];
      const { layoutId, caller } = here;
      const somewhere = () => ({
        ...{ x: random.below(8), y: random.below(6) },
        ...{ width: 1 + random.below(4), height: 1 + random.below(3) },
      });
      const made = await Promise.allSettled(
        Array.from({ length: 40 }, (_, index) =>
          (index % 2 === 0 ? here : there).regions.create(caller, layoutId, cell(somewhere())),
        ),
      );
      const ids = made.flatMap((each) => (each.status === 'fulfilled' ? each.value.regionId : []));
      const moved = await Promise.allSettled(
        Array.from({ length: 60 }, (_, index) =>
          (index % 2 === 0 ? here : there).regions.update(
            dashboardsCaller(dashboards.tenantId, `p${index % 5}`).caller,
            { layoutId, regionId: random.of(ids) },
            somewhere(),
          ),
        ),
      );

      const [{ regions, lastOperation }, { changes: operations }] = [
        await here.layouts.get(dashboards.tenantId, layoutId),
        await here.feed.since(layoutId, 0, 1_000),
      ];
      const refusals = [...made, ...moved].flatMap((each) =>
        each.status === 'rejected' ? [each.reason as unknown] : [],
      );
      expect(overlaps(regions)).toEqual([]);
      expect(regions.map(({ id }) => id).sort()).toEqual([...ids].sort());
      expect(operations.map(({ number }) => number)).toEqual(operations.map((_, index) => index + 1));
      expect(operations).toHaveLength(lastOperation);
      expect([...here.told, ...there.told].sort((a, b) => a.number - b.number)).toEqual(operations);
      expect(here.told.map(({ number }) => number)).toEqual(
        here.told.map(({ number }) => number).sort((a, b) => a - b),
      );
      expect(refusals.length).toBeGreaterThan(0);
      expect(new Set(refusals.map((refusal) => (refusal as { code: string }).code))).toEqual(
        new Set(['LAYOUT_REGION_OVERLAP']),
      );
    },
  );

  it('sees an overlap (control)', () => {
    const region = { ...cell({ width: 2 }), version: 1 };

    expect(
      overlaps([
        { ...region, id: '1' },
        { ...region, id: '2', x: 1 },
      ]),
    ).toEqual(['1 and 2']);
    expect(
      overlaps([
        { ...region, id: '1' },
        { ...region, id: '2', x: 2 },
      ]),
    ).toEqual([]);
  });

  it('is held by the database as well', async () => {
    const { caller, layoutId, regions } = await dashboards.start();
    const { regionId } = await regions.create(caller, layoutId, cell());
    await regions.create(caller, layoutId, cell({ x: 5 }));

    const moved = dashboards.pg.db.query(sql`UPDATE layout_regions SET x = 5 WHERE id = ${regionId}::bigint`);

    await expect(moved).rejects.toMatchObject({ code: '23P01' });
  });

  it('keeps the changes of others when the database refuses one of them', async () => {
    const { caller, layoutId, regions, layouts } = await dashboards.start();
    const wishes = [cell(), cell({ x: 1, title: 't'.repeat(201) }), cell({ x: 2 }), cell({ x: 3 })];

    const outcomes = await Promise.allSettled(wishes.map((wish) => regions.create(caller, layoutId, wish)));

    const stored = await layouts.get(dashboards.tenantId, layoutId);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled']);
    expect(stored.regions.map(({ x, version }) => [x, version])).toEqual([
      [0, 1],
      [2, 2],
      [3, 3],
    ]);
  });

  it('takes 200 regions, and refuses the next one', async () => {
    const { caller, layoutId, regions, bulk } = await dashboards.start();
    const create = Array.from({ length: 200 }, (_, index) =>
      cell({ x: index % 12, y: Math.floor(index / 12) }),
    );
    await bulk.change(caller, layoutId, { create, update: [], delete: [] });

    await expect(regions.create(caller, layoutId, cell({ y: 99 }))).rejects.toMatchObject({
      code: 'LAYOUT_FULL',
      details: { limit: 200 },
    });
  });

  it('does many changes at once or none, and lets two regions change places', async () => {
    const { caller, layoutId, regions, bulk, layouts } = await dashboards.start();
    const one = await regions.create(caller, layoutId, cell());
    const two = await regions.create(caller, layoutId, cell({ x: 1 }));
    const swap = {
      create: [],
      update: [
        { id: one.regionId, x: 1 },
        { id: two.regionId, x: 0 },
      ],
      delete: [],
    };

    await bulk.change(caller, layoutId, swap);
    const refused = bulk.change(caller, layoutId, { ...swap, create: [cell({ x: 11, width: 2 })] });

    await expect(refused).rejects.toMatchObject({ code: 'LAYOUT_REGION_OUTSIDE' });
    const { regions: stored, version } = await layouts.get(dashboards.tenantId, layoutId);
    expect(stored.map(({ x, version: of }) => [x, of])).toEqual([
      [1, 3],
      [0, 3],
    ]);
    expect(version).toBe(4);
  });

  it('refuses a change based on another version of the layout, with all of it as it is', async () => {
    const { caller, layoutId, regions, bulk } = await dashboards.start();
    const { regionId } = await regions.create(caller, layoutId, cell());

    const change = bulk.change(caller, layoutId, {
      ...{ create: [cell({ x: 4 })], update: [], delete: [], version: 1 },
    });

    await expect(change).rejects.toMatchObject({
      code: 'LAYOUT_VERSION_CONFLICT',
      details: {
        thing: 'layout',
        expected: 1,
        current: { id: layoutId, version: 2, regions: [{ id: regionId }] },
      },
    });
  });

  it('believes nothing that another instance has changed since', async () => {
    const [here, there] = [await dashboards.start(), await dashboards.start()];
    const { layoutId, caller } = here;
    const { regionId } = await here.regions.create(caller, layoutId, cell());
    await there.regions.update(caller, { layoutId, regionId }, { x: 5 });

    await here.regions.create(caller, layoutId, cell());
    await there.regions.delete(caller, { layoutId, regionId });
    const gone = here.regions.update(caller, { layoutId, regionId }, { x: 5 });
    await expect(gone).rejects.toMatchObject({ code: 'LAYOUT_REGION_NOT_FOUND' });
    await there.layouts.change(caller, layoutId, { columns: 1 });
    const outside = here.regions.create(caller, layoutId, cell({ x: 1 }));
    await expect(outside).rejects.toMatchObject({ code: 'LAYOUT_REGION_OUTSIDE' });
    await there.layouts.delete(caller, layoutId);
    const nowhere = here.regions.create(caller, layoutId, cell({ y: 1 }));
    await expect(nowhere).rejects.toMatchObject({ code: 'LAYOUT_NOT_FOUND' });
  });

  it('comes to an end when others are always faster', async () => {
    const { layoutId, caller, layouts } = await dashboards.start();
    const { db } = dashboards.pg;
    let overtaken = 0;
    /** Somebody changes the layout just before each write that no lock protects. */
    class OvertakenRepository extends RegionRepository {
      override async write(...[source, ...rest]: Parameters<RegionRepository['write']>): Promise<boolean> {
        if (source === db) {
          overtaken += 1;
          await layouts.change(caller, layoutId, { rows: 50 + overtaken });
        }
        return super.write(source, ...rest);
      }
    }
    const rows = new OvertakenRepository(db);
    const clock = new SystemClock();
    const writer = new LayoutWriter(db, new LayoutRepository(db), rows, new RegionIds(rows), clock);
    const place = { tenantId: dashboards.tenantId, layoutId };
    const asked = (x: number) => ({
      caller,
      wish: {
        ...{ layoutId, kind: 'create' as const, newRegions: 1 },
        plan: ({ takeId }: CurrentLayout) => ({
          changes: [{ regionId: takeId(), before: null, after: cell({ x }) }],
        }),
      },
    });

    const outcomes = await writer.fulfil(place, [asked(0), asked(0), asked(1)]);

    expect(outcomes).toMatchObject([
      { edited: { number: 1, layoutVersion: overtaken + 2 } },
      { refusal: { code: 'LAYOUT_REGION_OVERLAP' } },
      { edited: { number: 2, layoutVersion: overtaken + 3 } },
    ]);
    expect(overtaken).toBe(3);
  });
});
