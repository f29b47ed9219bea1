import { MessageComposer } from '../../../src/alerting/delivery/composer.js';
import { DeliveryRepository, type Lease } from '../../../src/alerting/delivery/delivery.repository.js';
import { GatewayRepository } from '../../../src/alerting/delivery/gateway.repository.js';
import { GroupRepository } from '../../../src/alerting/delivery/group.repository.js';
import { MessageRepository, type WaitingMessage } from '../../../src/alerting/delivery/message.repository.js';
import { AlertOutbox } from '../../../src/alerting/delivery/outbox.js';
import { OutboxRepository } from '../../../src/alerting/delivery/outbox.repository.js';
import { OutboxUpkeepRepository } from '../../../src/alerting/delivery/outbox-upkeep.repository.js';
import { ReceiverRepository } from '../../../src/alerting/management/receiver.repository.js';
import type { AlertSnapshot } from '../../../src/alerting/model/alert.js';
import type { AlertReceiver } from '../../../src/alerting/model/receiver.js';
import { readSettings } from '../../../src/config/index.js';
import { sql } from '../../../src/kernel/sql.js';
import { AlertScene, firingAlert, resolvedAlert } from '../../support/alert-delivery.js';
import { describeMisled } from '../../support/describe-misled.js';
import type { Lie } from '../../support/misleading-statistics.js';
import { StatementWork } from '../../support/statement-work.js';
import { useTestDatabase } from '../../support/test-database.js';

const ALERTS = 1_000;
/** A look at all alerts for each of them would be a million. */
const MOST_ROWS = 30 * ALERTS;

const SOON_MS = 1;

/** Tells a receiver of what is due, as a sender does, but for the sending. */
class Teller {
  readonly messages;
  private readonly deliveries;
  private readonly composer;

  constructor(
    readonly work: StatementWork,
    private readonly receiver: AlertReceiver,
  ) {
    const { db } = work;
    this.messages = new MessageRepository(db);
    this.deliveries = new DeliveryRepository(db);
    const { alertDelivery } = readSettings({});
    this.composer = new MessageComposer(
      db,
      this.deliveries,
      new GroupRepository(),
      this.messages,
      alertDelivery,
    );
  }

  async compose(untold?: WaitingMessage): Promise<{ lease: Lease; message: WaitingMessage }> {
    const lease = await this.deliveries.claim('teller');
    if (lease === undefined) throw new Error('Nothing is due.');
    const muting = { isMuted: () => false, untilMs: 1_000 };
    const message = await this.composer.compose({
      lease,
      receiver: this.receiver,
      muting,
      maxAlerts: ALERTS * 2,
      ...(untold && { untold }),
    });
    if (message === undefined) throw new Error('Nothing is to be told.');
    return { lease, message };
  }

  /** Answers what was told. */
  async tell({ lease, message }: { lease: Lease; message: WaitingMessage }) {
    await this.messages.beginAttempt(message);
    const alerts = await this.messages.alerts(message.id);
    const incidents = await this.messages.openIncidents(this.receiver.id, message.id);
    await this.work.db.transaction((tx) => this.messages.finish(tx, message, false));
    await this.giveBack(lease);
    return { alerts, incidents };
  }

  giveBack(lease: Lease): Promise<void> {
    return this.work.db.transaction((tx) =>
      this.deliveries.release(tx, lease, { failures: 0, pauseMs: 0, slackMs: 3_600_000 }),
    );
  }
}

describeMisled('a storm of alerts for a planner that $name (PostgreSQL 18 and later)', (lie: Lie) => {
  const pg = useTestDatabase({ misled: lie });
  let receiver: AlertReceiver;
  let alerts: readonly AlertSnapshot[];

  const fingerprints = Array.from({ length: ALERTS }, (_, index) => index.toString(16).padStart(16, '0'));

  function tell(work: StatementWork, changed: readonly AlertSnapshot[], transition: 'firing' | 'resolved') {
    const changes = changed.map((alert) => ({ transition, alert, receiverIds: [receiver.id] }));
    return work.db.transaction((tx) =>
      new AlertOutbox(new OutboxRepository()).enqueue(tx, changes, new Date()),
    );
  }

  beforeAll(async () => {
    const scene = new AlertScene(pg.db);
    const id = await scene.receiver({ kind: 'gateway', groupBy: ['...'], repeatMs: SOON_MS });
    const ruleId = await scene.rule();
    const [found] = await new ReceiverRepository(pg.db).withSecrets([id]);
    if (found === undefined) throw new Error('There is no receiver.');
    receiver = found;
    alerts = fingerprints.map((fingerprint, index) =>
      firingAlert({ ruleId, fingerprint, labels: { scraper: `s${index}` } }),
    );
    await pg.db.query(sql`
      INSERT INTO alert_instances (tenant_id, rule_id, fingerprint, labels, state, state_since, starts_at, evaluated_at)
      SELECT 1, ${ruleId}::bigint, fingerprint, '{}', 'firing', now(), ${alerts[0]?.startsAt}::timestamptz, now()
      FROM unnest(${fingerprints}::text[]) AS fingerprint`);
  });

  it('is told, repeated, resolved and forgotten without a look at all alerts for each', async () => {
    const work = new StatementWork(pg.db);
    const teller = new Teller(work, receiver);

    await tell(work, alerts, 'firing');
    const first = await teller.compose();
    await teller.giveBack(first.lease);
    const again = await teller.compose(first.message);
    const fired = await teller.tell(again);
    await tell(work, alerts.slice(0, ALERTS / 2).map(resolvedAlert), 'resolved');
    const repeated = await teller.tell(await teller.compose());
    await pg.db.query(sql`UPDATE alert_instances SET starts_at = NULL, state = 'normal'`);
    const noticed = await new GatewayRepository(work.db).toldSince(new Date(0));
    const upkeep = new OutboxUpkeepRepository(work.db);
    const pruned = [await upkeep.pruneRows(0), await upkeep.pruneGroups()];

    expect(work.above(MOST_ROWS)).toEqual([]);
    expect(fired.alerts).toHaveLength(ALERTS);
    expect(fired.incidents.size).toBe(1);
    expect(countOf(repeated.alerts)).toEqual({ reminder: ALERTS / 2, resolved: ALERTS / 2 });
    expect(noticed).toHaveLength(ALERTS * 2);
    expect(pruned).toEqual([ALERTS * 2, ALERTS / 2]);
  });

  it('would be found to look at all of them by equality or by a join, whichever the planner falls for', async () => {
    const work = new StatementWork(pg.db);
    await tell(work, alerts, 'firing');

    await work.db.query(sql`
      SELECT id, EXISTS (
        SELECT FROM alert_outbox AS earlier
        WHERE earlier.receiver_id = row.receiver_id AND earlier.fingerprint = row.fingerprint
          AND earlier.id < row.id AND earlier.state = 'waiting')
      FROM alert_outbox AS row WHERE receiver_id = ${receiver.id}::bigint`);
    await work.db.query(sql`
      SELECT group_key FROM alert_groups WHERE receiver_id = ${receiver.id}::bigint AND group_key IN (
        SELECT group_key FROM alert_outbox WHERE receiver_id = ${receiver.id}::bigint)`);

    expect(work.above(ALERTS ** 2 * 0.4)).not.toEqual([]);
  });
});

function countOf(alerts: readonly { readonly transition: string }[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { transition } of alerts) counts[transition] = (counts[transition] ?? 0) + 1;
  return counts;
}
