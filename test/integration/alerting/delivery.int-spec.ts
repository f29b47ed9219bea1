import { AlertOutbox } from '../../../src/alerting/delivery/outbox.js';
import { sql } from '../../../src/kernel/sql.js';
import {
  AlertScene,
  type DeliveryInstance,
  firingAlert,
  resolvedAlert,
  startDelivery,
} from '../../support/alert-delivery.js';
import { ReceiverServer } from '../../support/alert-receiver-server.js';
import { eventually } from '../../support/eventually.js';
import { useTestDatabase } from '../../support/test-database.js';

const WITHIN = { withinMs: 20_000 };

describe('the delivery of alerts on PostgreSQL', () => {
  const pg = useTestDatabase({ isServed: true });
  let instance: DeliveryInstance;
  let server: ReceiverServer;
  let scene: AlertScene;
  let outbox: AlertOutbox;

  beforeAll(async () => {
    instance = await startDelivery(pg.url, { ALERTING_PACE_MS: '1' });
    outbox = instance.module.get(AlertOutbox);
    scene = new AlertScene(pg.db);
  });
  beforeEach(async () => {
    await pg.db.query(sql`DELETE FROM alert_receivers`);
    await pg.db.query(sql`DELETE FROM alert_rules`);
    server = await ReceiverServer.start();
  });
  afterEach(() => server.stop());
  afterAll(() => instance.close());

  const told = (count: number): Promise<void> =>
    eventually(async () => {
      expect(await scene.states()).toEqual({ sent: count });
    }, WITHIN);

  it('tells alerts of a group in one message, and the end of them after it', async () => {
    const receiver = await scene.receiver({ secrets: { url: server.url }, groupWaitMs: 200 });
    const ruleId = await scene.rule();
    const alerts = ['a', 'b', 'c'].map((name) =>
      firingAlert({ ruleId, fingerprint: `00000000000000a${name}`, labels: { scraper: name } }),
    );

    for (const alert of alerts)
      await scene.change(outbox, [{ transition: 'firing', alert, receiverIds: [receiver] }]);
    await told(3);
    await scene.change(
      outbox,
      alerts.map((alert) => ({
        transition: 'resolved',
        alert: resolvedAlert(alert),
        receiverIds: [receiver],
      })),
    );
    await told(6);

    expect(server.received.map(({ body }) => [body.status, body.alerts.length])).toEqual([
      ['firing', 3],
      ['resolved', 3],
    ]);
  });

  it('tries again with the same key until the receiver takes it', async () => {
    server.failFirst(3, 500);
    const receiver = await scene.receiver({ secrets: { url: server.url } });
    const alert = firingAlert({ ruleId: await scene.rule() });

    await scene.change(outbox, [{ transition: 'firing', alert, receiverIds: [receiver] }]);
    await told(1);

    const keys = server.received.map(({ headers }) => headers['idempotency-key']);
    expect(keys).toHaveLength(4);
    expect(new Set(keys).size).toBe(1);
  });
});
