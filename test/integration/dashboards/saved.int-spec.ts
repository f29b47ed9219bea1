import type { DashboardInput } from '../../../src/dashboards/index.js';
import { dashboardsCaller, useDashboards } from '../../support/dashboards.js';

describe('saved dashboards', () => {
  const instance = useDashboards();
  let count = 0;
  const input = (fields: Partial<DashboardInput> = {}): DashboardInput => {
    count += 1;
    return {
      ...{ name: `D${count}`, sharing: 'private', sections: ['health', { kind: 'chart', metric: 'page' }] },
      ...{ filters: { scraper: ['shop'] }, timeRange: { timeWindow: '7d' }, layoutId: null },
      ...fields,
    };
  };

  async function start() {
    const { dashboards, layoutId } = await instance.start();
    const of = (actor: string, isAdmin = false) => dashboardsCaller(instance.tenantId, actor, isAdmin);
    return { dashboards, layoutId, anna: of('anna'), ben: of('ben'), admin: of('root', true) };
  }

  it('come back as they were saved, and tell the audit trail', async () => {
    const { dashboards, layoutId, anna } = await start();
    const wish = input({ layoutId });

    const saved = await dashboards.create(anna.caller, wish);
    await dashboards.change(anna.caller, saved.id, { filters: {}, version: 1 });
    const { version, filters, sections } = await dashboards.get(anna.caller, saved.id);
    await dashboards.delete(anna.caller, saved.id, 2);

    expect(saved).toMatchObject({ ...wish, owner: 'anna', version: 1 });
    expect({ version, filters, sections }).toEqual({ version: 2, filters: {}, sections: wish.sections });
    await expect(dashboards.get(anna.caller, saved.id)).rejects.toMatchObject({
      code: 'DASHBOARD_NOT_FOUND',
    });
    expect(anna.recorded).toEqual(['dashboard.created', 'dashboard.updated', 'dashboard.deleted']);
  });

  it('are seen and changed as their owner shares them', async () => {
    const { dashboards, anna, ben, admin } = await start();
    const ids: Record<string, string> = {};
    for (const sharing of ['private', 'read', 'edit'] as const) {
      ids[sharing] = (await dashboards.create(anna.caller, input({ sharing }))).id;
    }
    const outcomes = async (who: typeof ben) => {
      const of = async (sharing: string) => {
        const [seen, changed] = await Promise.allSettled([
          dashboards.get(who.caller, ids[sharing] ?? ''),
          dashboards.change(who.caller, ids[sharing] ?? '', { filters: {} }),
        ]);
        return [seen, changed].map((each) =>
          each.status === 'fulfilled' ? 'yes' : (each.reason as { code: string }).code,
        );
      };
      return Promise.all(['private', 'read', 'edit'].map(of));
    };

    expect(await outcomes(ben)).toEqual([
      ['DASHBOARD_NOT_FOUND', 'DASHBOARD_NOT_FOUND'],
      ['yes', 'DASHBOARD_READ_ONLY'],
      ['yes', 'yes'],
    ]);
    expect(new Set((await outcomes(admin)).flat())).toEqual(new Set(['yes']));
    const { items } = await dashboards.list(ben.caller, {}, { limit: 50 });
    expect(items.map(({ id }) => id)).not.toContain(ids['private']);
    expect(items.map(({ id }) => id)).toEqual(expect.arrayContaining([ids['read'], ids['edit']]));
    expect((await dashboards.list(ben.caller, { isOwn: true }, { limit: 50 })).items).toEqual([]);
  });

  it('are shared and deleted by their owner and by admins alone', async () => {
    const { dashboards, anna, ben, admin } = await start();
    const { id } = await dashboards.create(anna.caller, input({ sharing: 'edit' }));
    const rest = { ...input(), sharing: undefined };
    const refusal = { code: 'DASHBOARD_OWNER_ONLY', details: { owner: 'anna' } };

    await expect(dashboards.change(ben.caller, id, { sharing: 'private' })).rejects.toMatchObject(refusal);
    await expect(dashboards.replace(ben.caller, id, { ...rest, sharing: 'read' })).rejects.toMatchObject(
      refusal,
    );
    await expect(dashboards.delete(ben.caller, id)).rejects.toMatchObject(refusal);
    const replaced = await dashboards.replace(ben.caller, id, rest);

    expect(replaced).toMatchObject({ name: rest.name, sharing: 'edit', owner: 'anna', version: 2 });
    await expect(dashboards.change(anna.caller, id, { sharing: 'read' })).resolves.toBeDefined();
    await expect(dashboards.delete(admin.caller, id)).resolves.toBeUndefined();
  });

  it('refuse a version that was, and one that never was, with the dashboard as it is', async () => {
    const { dashboards, anna } = await start();
    const { id } = await dashboards.create(anna.caller, input());
    await dashboards.replace(anna.caller, id, input({ name: 'newer' }));

    for (const version of [1, 3]) {
      await expect(dashboards.change(anna.caller, id, { name: 'x', version })).rejects.toMatchObject({
        code: 'DASHBOARD_VERSION_CONFLICT',
        details: { current: { name: 'newer', version: 2 } },
      });
    }
  });

  it('have names of their own per owner, and show layouts of their tenant alone', async () => {
    const { dashboards, anna, ben, layoutId } = await start();
    const { caller: stranger } = dashboardsCaller('999999');
    await dashboards.create(anna.caller, input({ name: 'same' }));

    await expect(dashboards.create(anna.caller, input({ name: 'same' }))).rejects.toMatchObject({
      code: 'DASHBOARD_NAME_TAKEN',
    });
    await expect(dashboards.create(ben.caller, input({ name: 'same' }))).resolves.toBeDefined();
    await expect(dashboards.create(stranger, input({ layoutId }))).rejects.toMatchObject({
      code: 'LAYOUT_NOT_FOUND',
    });
  });
});
