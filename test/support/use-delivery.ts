import { AlertOutbox } from '../../src/alerting/delivery/outbox.js';
import type { AlertChange, AlertSnapshot } from '../../src/alerting/model/alert.js';
import { sql } from '../../src/kernel/sql.js';
import { AlertScene, type DeliveryInstance, resolvedAlert, startDelivery } from './alert-delivery.js';
import { ReceiverServer } from './alert-receiver-server.js';
import { eventually } from './eventually.js';
import { type TestDatabase, useTestDatabase } from './test-database.js';

const WITHIN = { withinMs: 60_000 };

/** One instance of the delivery for a test file, with a receiver that is new in each test. */
export interface DeliveryTest {
  readonly pg: TestDatabase;
  readonly scene: AlertScene;
  readonly server: ReceiverServer;
  readonly instance: DeliveryInstance;
  readonly outbox: AlertOutbox;
  fire(alerts: readonly AlertSnapshot[], ...receiverIds: readonly string[]): Promise<void>;
  resolve(alerts: readonly AlertSnapshot[], ...receiverIds: readonly string[]): Promise<void>;
  /** Waits until the outbox has so many rows in each state, and no others. */
  settled(states: Readonly<Record<string, number>>): Promise<void>;
}

/** @param environment gives further variables of the environment; called once */
export function useDelivery(environment: () => Readonly<Record<string, string>> = () => ({})): DeliveryTest {
  const pg = useTestDatabase({ isServed: true });
  let instance: DeliveryInstance | undefined;
  let server: ReceiverServer | undefined;
  beforeAll(async () => {
    instance = await startDelivery(pg.url, {
      ALERTING_PACE_MS: '1',
      ALERTING_SEND_TIMEOUT_MS: '1000',
      ...environment(),
    });
  });
  beforeEach(async () => {
    await pg.db.query(sql`DELETE FROM alert_receivers`);
    await pg.db.query(sql`DELETE FROM alert_rules`);
    await pg.db.query(sql`DELETE FROM alert_silences`);
    server = await ReceiverServer.start();
  });
  afterEach(() => server?.stop());
  afterAll(() => instance?.close());
  const inUse = <T>(thing: T | undefined): T => {
    if (thing === undefined) throw new Error('Use it inside a test.');
    return thing;
  };
  const test = {
    pg,
    get scene() {
      return new AlertScene(pg.db);
    },
    get server() {
      return inUse(server);
    },
    get instance() {
      return inUse(instance);
    },
    get outbox() {
      return inUse(instance).module.get(AlertOutbox);
    },
    fire: (alerts: readonly AlertSnapshot[], ...receiverIds: readonly string[]) =>
      change('firing', alerts, receiverIds),
    resolve: (alerts: readonly AlertSnapshot[], ...receiverIds: readonly string[]) =>
      change('resolved', alerts.map(resolvedAlert), receiverIds),
    settled: (states: Readonly<Record<string, number>>) =>
      eventually(async () => expect(await test.scene.states()).toEqual(states), WITHIN),
  };
  const change = (
    transition: AlertChange['transition'],
    alerts: readonly AlertSnapshot[],
    receiverIds: readonly string[],
  ): Promise<void> =>
    test.scene.change(
      test.outbox,
      alerts.map((alert) => ({ transition, alert, receiverIds })),
    );
  return test;
}
