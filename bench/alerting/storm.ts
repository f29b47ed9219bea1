import { AlertOutbox } from '../../src/alerting/delivery/outbox.js';
import type { AlertChange } from '../../src/alerting/model/alert.js';
import { AlertScene, firingAlert, startDelivery } from '../../test/support/alert-delivery.js';
import { ReceiverServer } from '../../test/support/alert-receiver-server.js';
import { eventually } from '../../test/support/eventually.js';
import { openBenchDatabase } from '../support/embedded-database.js';
import type { BenchRow } from '../support/report.js';

const ALERTS = 10_000;
const GOAL = 10;
const TOLD_WITHIN_MS = 170_000;

/** How many messages 10,000 alerts make of which each is a group of its own: all at once, and one after another. */
export async function benchStorm({
  stormBatches,
}: {
  readonly stormBatches: readonly number[];
}): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  for (const batches of stormBatches) {
    const { messages, alerts, seconds } = await storm(batches);
    rows.push({
      id: batches === 1 ? 'storm-at-once' : `storm-in-${batches}-parts`,
      // What is missing at the receiver is no saving.
      ratio: alerts === ALERTS ? messages : NaN,
      against: 'messages for 10,000 alerts; naive: one each',
      goal: GOAL,
      want: 'at most',
      figures: { alertsTold: alerts, seconds },
    });
  }
  return rows;
}

async function storm(batches: number): Promise<{ messages: number; alerts: number; seconds: number }> {
  const database = await openBenchDatabase();
  const server = await ReceiverServer.start();
  const instance = await startDelivery(database.url);
  try {
    const scene = new AlertScene(database.db);
    const receiverIds = [await scene.receiver({ secrets: { url: server.url }, groupBy: ['...'] })];
    const ruleId = await scene.rule();
    const changes = Array.from({ length: ALERTS }, (_, index): AlertChange => {
      const fingerprint = index.toString(16).padStart(16, '0');
      const alert = firingAlert({ ruleId, fingerprint, labels: { scraper: `s${index}` } });
      return { transition: 'firing', alert, receiverIds };
    });
    const outbox = instance.module.get(AlertOutbox);
    const startedAt = performance.now();
    const size = Math.ceil(ALERTS / batches);
    for (let from = 0; from < ALERTS; from += size) {
      const at = await scene.now();
      await database.db.transaction((tx) => outbox.enqueue(tx, changes.slice(from, from + size), at));
    }
    await eventually(
      async () => {
        if ((await scene.states())['sent'] !== ALERTS) throw new Error('Not all of them are told.');
      },
      { withinMs: TOLD_WITHIN_MS },
    );
    const seconds = Math.round((performance.now() - startedAt) / 1_000);
    const told = new Set(server.alerts.map(({ fingerprint }) => fingerprint));
    return { messages: server.received.length, alerts: told.size, seconds };
  } finally {
    await instance.close();
    await server.stop();
    await database.close();
  }
}
