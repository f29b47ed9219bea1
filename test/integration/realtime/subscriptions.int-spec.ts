import { LayoutFeed, Layouts } from '../../../src/dashboards/index.js';
import { sql } from '../../../src/kernel/sql.js';
import { MetricRegistry, renderPrometheus } from '../../../src/platform/telemetry/index.js';
import { PresenceHub } from '../../../src/presence/index.js';
import { Subscriptions } from '../../../src/realtime/subscriptions/subscriptions.js';
import type { CallerIdentity } from '../../../src/tenancy/index.js';
import { dashboardsCaller } from '../../support/dashboards.js';
import { type TestClient, TestGateway } from '../../support/gateway.js';
import { useTestDatabase } from '../../support/test-database.js';

describe('subscriptions', () => {
  const database = useTestDatabase({ isServed: true });
  let gateway: TestGateway;
  let admin: CallerIdentity & { readonly key: string };
  let client: TestClient;

  beforeAll(async () => {
    gateway = await TestGateway.start(database);
  }, 60_000);
  afterAll(() => gateway.stop());
  beforeEach(async () => {
    admin = await gateway.newTenant();
    client = await gateway.open(admin.key);
  });

  it('stay as they were when catching up fails', async () => {
    const layout = await gateway.newLayout(admin);
    const region = { x: 0, y: 0, width: 1, height: 1, kind: 'chart' };
    const add = (y: number) =>
      client.ask({ type: 'region.change', layout, action: 'create', region: { ...region, y } }, 'ack');
    await add(0);
    await client.ask({ type: 'subscribe', layout }, 'subscribed');
    const feed = gateway.app.get(LayoutFeed);
    const since = feed.since.bind(feed);
    feed.since = () => Promise.reject(new TypeError('away'));

    const refused = await client.ask({ type: 'subscribe', layout, sinceSeq: 0, ref: 'again' }, 'error');
    feed.since = since;
    await add(1);

    expect(refused).toMatchObject({ code: 'HTTP_INTERNAL', ref: 'again' });
    expect(await client.next('region.changed')).toMatchObject({ layout, seq: 2 });
    expect(await client.next('presence.state')).toMatchObject({ layout });
  });

  it('count what of a resume is refused, as all refusals', async () => {
    const refusals = (): string[] =>
      renderPrometheus(gateway.app.get(MetricRegistry), 'text')
        .split('\n')
        .filter((line) => line.startsWith('gateway_messages_refused_total{code="LAYOUT_NOT_FOUND"}'));
    const before = Number(refusals()[0]?.split(' ')[1] ?? 0);

    const targets = [{ layout: '999999' }, { source: 'a' }];
    const refused = await client.ask({ type: 'resume', targets, ref: 'r' }, 'error');
    await client.next('subscribed');

    expect(refused).toMatchObject({ ref: 'r', details: { target: { layout: '999999' } } });
    expect(refusals()).toEqual([`gateway_messages_refused_total{code="LAYOUT_NOT_FOUND"} ${before + 1}`]);
  });

  it('go on under another key of the tenant, and others see whose it is', async () => {
    const layout = await gateway.newLayout(admin);
    const [key, other] = [await gateway.newKey(admin), await gateway.newKey(admin, 'viewer')];
    const changing = await gateway.open(key.key);
    const users = async () => (await client.ask({ type: 'subscribe', layout }, 'subscribed'))['users'];
    await changing.ask({ type: 'subscribe', layout }, 'subscribed');
    changing.send({ type: 'presence.update', layout, state: { cursor: 1 } });

    const ack = await changing.ask({ type: 'auth', token: other.key, ref: 'a' }, 'ack');
    const refused = await changing.ask(
      { type: 'region.change', layout, action: 'delete', regionId: '1' },
      'error',
    );

    expect(ack).toEqual({ type: 'ack', ref: 'a', user: { id: other.id, name: other.name }, role: 'viewer' });
    expect(refused).toMatchObject({ code: 'TENANCY_ROLE_TOO_LOW' });
    expect(await users()).toMatchObject([
      { userId: other.id, name: other.name, state: { cursor: 1 } },
      { userId: admin.keyId },
    ]);
  });

  it('to layouts hear of another name and grid, and that the layout is gone', async () => {
    const layout = await gateway.newLayout(admin);
    const layouts = gateway.app.get(Layouts);
    const { caller } = dashboardsCaller(admin.tenantId);
    const other = await gateway.open(admin.key);
    const subscribed = await client.ask({ type: 'subscribe', layout }, 'subscribed');
    await other.ask({ type: 'subscribe', source: 'a' }, 'subscribed');

    await layouts.change(caller, layout, { name: 'Another', rows: 50 });
    const changed = await client.next('layout.changed');
    const again = await client.ask({ type: 'subscribe', layout }, 'subscribed');
    await layouts.delete(caller, layout);
    const deleted = await client.next('layout.deleted');
    const refused = await client.ask({ type: 'subscribe', layout }, 'error');
    await layouts.restore(caller, layout);
    await client.ask({ type: 'subscribe', layout }, 'subscribed');

    const about = { name: 'Another', columns: 12, rows: 50 };
    expect(subscribed['about']).toMatchObject({ name: 'A layout', columns: 12, rows: 100 });
    expect(changed).toMatchObject({ layout, ...about });
    expect(again['about']).toMatchObject(about);
    expect(deleted).toEqual({ type: 'layout.deleted', layout });
    expect(refused).toMatchObject({ code: 'LAYOUT_NOT_FOUND' });
    expect(other.told).toEqual([]);
  });

  it('to a layout that is deleted while somebody is being let in leave nobody there', async () => {
    const layout = await gateway.newLayout(admin);
    const { tenantId } = admin;
    const feed = gateway.app.get(LayoutFeed);
    const heads = feed.heads.bind(feed);
    feed.heads = async (layoutIds) => {
      const found = await heads(layoutIds);
      const channel = { kind: 'layout', tenantId, layoutId: layout } as const;
      gateway.app.get(Subscriptions).finish(channel, { type: 'layout.deleted', layout });
      return found;
    };

    const refused = await client.ask({ type: 'subscribe', layout, ref: 'r' }, 'error');
    feed.heads = heads;

    expect(refused).toMatchObject({ code: 'LAYOUT_NOT_FOUND', ref: 'r' });
    expect(client.told).toEqual([{ type: 'layout.deleted', layout }]);
    expect(await gateway.app.get(PresenceHub).present(tenantId, layout)).toEqual([]);
  });

  it('to layouts hear of a deletion that nobody told, soon', async () => {
    const layout = await gateway.newLayout(admin);
    await client.ask({ type: 'subscribe', layout }, 'subscribed');

    await database.db.query(sql`UPDATE layouts SET deleted_at = now() WHERE id = ${layout}::bigint`);

    expect(await client.next('layout.deleted')).toEqual({ type: 'layout.deleted', layout });
    await expect(client.ask({ type: 'presence.update', layout, state: {} }, 'error')).resolves.toMatchObject({
      code: 'PRESENCE_LAYOUT_NOT_JOINED',
    });
  });
});
