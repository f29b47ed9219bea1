import { LayoutFeed, LayoutSteps } from '../../../src/dashboards/index.js';
import { LayoutRepository } from '../../../src/dashboards/layouts/layout.repository.js';
import { OperationRepository } from '../../../src/dashboards/layouts/operation.repository.js';
import { cell, dashboardsCaller, useDashboards } from '../../support/dashboards.js';

describe('undo and redo', () => {
  const dashboards = useDashboards();

  async function start() {
    const parts = await dashboards.start();
    const { layoutId, caller: anna } = parts;
    const { caller: ben } = dashboardsCaller(dashboards.tenantId, 'ben');
    const shown = async () => {
      const { regions } = await parts.layouts.get(dashboards.tenantId, layoutId);
      return regions.map(({ x, title }) => (title === '' ? x : `${x} ${title}`));
    };
    const step = (what: 'undo' | 'redo', who = anna) => parts.steps[what](who, { layoutId });
    return { ...parts, anna, ben, shown, step };
  }

  it('goes a hundred steps back and forth', async () => {
    const { anna, layoutId, regions, shown, step } = await start();
    const { regionId } = await regions.create(anna, layoutId, cell());
    const numbers = Array.from({ length: 100 }, (_, index) => index + 1);
    // What is asked for at once on one instance is done in the order it was asked for.
    await Promise.all(
      numbers.map((number) => regions.update(anna, { layoutId, regionId }, { title: `t${number}` })),
    );

    await Promise.all(numbers.map(() => step('undo')));
    expect(await shown()).toEqual([0]);
    await step('undo');
    expect(await shown()).toEqual([]);
    await expect(step('undo')).rejects.toMatchObject({ code: 'LAYOUT_NOTHING_TO_UNDO' });

    await Promise.all([step('redo'), ...numbers.map(() => step('redo'))]);
    expect(await shown()).toEqual(['0 t100']);
    await expect(step('redo')).rejects.toMatchObject({ code: 'LAYOUT_NOTHING_TO_UNDO' });
  });

  it('undoes what was redone, and redoes that again', async () => {
    const { anna, layoutId, regions, shown, step } = await start();
    await regions.create(anna, layoutId, cell());
    await regions.create(anna, layoutId, cell({ x: 1 }));
    const seen: unknown[] = [];

    for (const what of ['undo', 'undo', 'redo', 'undo', 'redo', 'redo', 'undo'] as const) {
      await step(what);
      seen.push(await shown());
    }

    expect(seen).toEqual([[0], [], [0], [], [0], [0, 1], [0]]);
  });

  it('has nothing to redo once something else was done', async () => {
    const { anna, ben, layoutId, regions, step } = await start();
    await regions.create(anna, layoutId, cell());
    await step('undo');
    await regions.create(ben, layoutId, cell({ x: 5 }));
    await expect(step('redo', ben)).rejects.toMatchObject({ code: 'LAYOUT_NOTHING_TO_UNDO' });

    await regions.create(anna, layoutId, cell({ x: 1 }));

    await expect(step('redo')).rejects.toMatchObject({ code: 'LAYOUT_NOTHING_TO_UNDO' });
  });

  it("takes back own steps alone, and leaves others' changes of the same region", async () => {
    const { anna, ben, layoutId, regions, shown, step } = await start();
    const { regionId } = await regions.create(anna, layoutId, cell());
    await regions.update(anna, { layoutId, regionId }, { x: 3 });
    await regions.update(ben, { layoutId, regionId }, { title: 'by ben' });

    await step('undo');
    expect(await shown()).toEqual(['0 by ben']);
    await step('undo', ben);
    expect(await shown()).toEqual([0]);
  });

  it('changes nothing when somebody else changed the same, and can go on before it', async () => {
    const { anna, ben, layoutId, regions, shown, step, steps } = await start();
    await regions.create(anna, layoutId, cell({ x: 9 }));
    const { regionId } = await regions.create(anna, layoutId, cell());
    const { operation } = await regions.update(anna, { layoutId, regionId }, { x: 3 });
    await regions.update(ben, { layoutId, regionId }, { x: 5 });

    await expect(step('undo')).rejects.toMatchObject({
      code: 'LAYOUT_UNDO_CONFLICT',
      details: { operation, regionId, current: { x: 5, version: 4 } },
    });
    // The region is not as it was made any more, either.
    await expect(steps.undo(anna, { layoutId, before: operation })).rejects.toMatchObject({
      code: 'LAYOUT_UNDO_CONFLICT',
    });
    await steps.undo(anna, { layoutId, before: 2 });
    expect(await shown()).toEqual([5]);
  });

  it('refuses to bring back a region where another one is by now', async () => {
    const { anna, ben, layoutId, regions, shown, step } = await start();
    const { regionId } = await regions.create(anna, layoutId, cell());
    await regions.delete(anna, { layoutId, regionId });
    await regions.create(ben, layoutId, cell({ title: 'ben' }));

    await expect(step('undo')).rejects.toMatchObject({ code: 'LAYOUT_REGION_OVERLAP' });
    await step('undo', ben);
    await step('undo');
    expect(await shown()).toEqual([0]);
  });

  it('takes back a bulk change and an import as one step, with what was in the regions', async () => {
    const { anna, layoutId, regions, bulk, layouts, step } = await start();
    const one = await regions.create(anna, layoutId, cell({ content: { a: [1, { b: 'x' }] } }));
    const two = await regions.create(anna, layoutId, cell({ x: 1 }));
    const before = (await layouts.get(dashboards.tenantId, layoutId)).regions;
    const withoutVersions = (all: readonly { version: number }[]) =>
      all.map((each) => ({ ...each, version: 0 }));

    await bulk.change(anna, layoutId, {
      create: [cell({ x: 1, title: 'new' })],
      update: [{ id: one.regionId, x: 4, content: {} }],
      delete: [{ id: two.regionId }],
    });
    await bulk.replaceAll(anna, layoutId, { regions: [cell({ title: 'imported' })] });
    await step('undo');
    await step('undo');

    const { regions: after } = await layouts.get(dashboards.tenantId, layoutId);
    expect(withoutVersions(after)).toEqual(withoutVersions(before));
  });

  it('does steps that are asked for at once one after the other', async () => {
    const { anna, layoutId, regions, shown, step } = await start();
    for (let x = 0; x < 8; x += 1) await regions.create(anna, layoutId, cell({ x }));

    await Promise.all([step('undo'), step('undo'), step('undo')]);

    expect(await shown()).toEqual([0, 1, 2, 3, 4]);
  });

  it('is not refused because another instance did a step between two reads of this one', async () => {
    const { anna, layoutId, regions, shown } = await start();
    const { regionId } = await regions.create(anna, layoutId, cell());
    const { editor: fresh } = await dashboards.start();
    /** The same person is faster on another instance, after the layout was read here and before the history was. */
    class OvertakenRepository extends OperationRepository {
      private isFirst = true;

      override async undoable(...asked: Parameters<OperationRepository['undoable']>) {
        if (this.isFirst) {
          this.isFirst = false;
          await regions.update(anna, { layoutId, regionId }, { x: 5 });
        }
        return super.undoable(...asked);
      }
    }
    const { db } = dashboards.pg;
    const operations = new OvertakenRepository(db);
    const steps = new LayoutSteps(fresh, operations, new LayoutFeed(new LayoutRepository(db), operations));

    await expect(steps.undo(anna, { layoutId })).resolves.toMatchObject({ takesBack: 2 });
    expect(await shown()).toEqual([0]);
  });

  it('lists large steps a few at a time', async () => {
    const { anna, layoutId, bulk, steps } = await start();
    const content = { text: 'x'.repeat(4_000) };
    const full = Array.from({ length: 200 }, (_, x) => cell({ x: x % 12, y: Math.floor(x / 12), content }));
    for (const regions of [full, full, [], [cell()]]) await bulk.replaceAll(anna, layoutId, { regions });
    const place = { tenantId: dashboards.tenantId, layoutId };

    const first = await steps.history(place, { limit: 9 });
    const rest = await steps.history(place, { limit: 9, cursor: first.nextCursor ?? '' });

    expect(first).toMatchObject({ items: [{ number: 4 }, { number: 3 }, { number: 2 }], nextCursor: '2' });
    expect(rest).toMatchObject({ items: [{ number: 1 }], nextCursor: null });
    expect([...first.items, ...rest.items].map(({ changes }) => changes.length)).toEqual([1, 200, 400, 200]);
  });

  it('keeps a history without contents', async () => {
    const { anna, ben, layoutId, regions, steps, step } = await start();
    const { regionId } = await regions.create(anna, layoutId, cell({ content: { secret: 1 } }));
    await regions.update(ben, { layoutId, regionId }, { content: { secret: 2 } });
    await step('undo', ben);
    const place = { tenantId: dashboards.tenantId, layoutId };

    const first = await steps.history(place, { limit: 2 });
    const rest = await steps.history(place, { limit: 2, cursor: first.nextCursor ?? '' });
    const own = await steps.history(place, { limit: 9, actor: 'anna' });

    expect(
      first.items.map(({ number, kind, takesBack, takenBackBy }) => [number, kind, takesBack, takenBackBy]),
    ).toEqual([
      [3, 'undo', 2, null],
      [2, 'update', null, 3],
    ]);
    expect(rest).toMatchObject({ items: [{ number: 1, actor: 'anna' }], nextCursor: null });
    expect(rest.items[0]?.changes).toEqual([
      {
        ...{ regionId, before: null, isContentChanged: true },
        after: { x: 0, y: 0, width: 1, height: 1, title: '', kind: 'chart' },
      },
    ]);
    expect(own.items.map(({ number }) => number)).toEqual([1]);
    expect(JSON.stringify([first, rest])).not.toContain('secret');
  });
});
