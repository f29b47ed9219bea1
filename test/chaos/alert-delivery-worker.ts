// One process of a delivery run: it changes alerts and tells of them. Its argument is a DeliveryOrder as JSON.
import { AlertOutbox } from '../../src/alerting/delivery/outbox.js';
import { Database } from '../../src/platform/database/index.js';
import { startDelivery } from '../support/alert-delivery.js';
import { Random } from '../support/random.js';
import {
  ALERTS,
  type DeliveryOrder,
  type FromDeliveryWorker,
  type ToDeliveryWorker,
} from './alert-delivery-messages.js';
import { AlertTransitions } from './alert-transitions.js';
import { CarelessSender } from './careless-sender.js';

const order = JSON.parse(process.argv[2] ?? '') as DeliveryOrder;
const tell = (message: FromDeliveryWorker): void => void process.send?.(message);
const complaints: string[] = [];
const loops: Promise<void>[] = [];
let isEnding = false;
let isEnded = false;
// Whoever started it is gone, or has heard everything.
process.on('disconnect', () => process.exit(isEnded ? 0 : 1));

const instance = await startDelivery(order.databaseUrl, {
  ALERTING_PACE_MS: '1',
  ALERTING_SENDERS: order.isCareful ? '4' : '0',
});
const database = instance.module.get(Database);
const transitions = new AlertTransitions(
  database,
  instance.module.get(AlertOutbox),
  new Random(order.seed * 31 + order.process),
);
const careless = new CarelessSender(database);

process.on('message', ({ kind }: ToDeliveryWorker) => {
  if (kind === 'end') void end();
  else begin();
});
tell({ kind: 'ready' });

function begin(): void {
  loops.push(repeat(async () => (await transitions.make(ALERTS)) < order.transitions));
  if (!order.isCareful)
    loops.push(
      repeat(async () => {
        await careless.send();
        return true;
      }),
    );
}

async function repeat(step: () => Promise<boolean>): Promise<void> {
  try {
    while (!isEnding && (await step()));
  } catch (error) {
    complaints.push(String(error));
  }
}

async function end(): Promise<void> {
  isEnding = true;
  await Promise.all(loops);
  await instance.close();
  tell({ kind: 'ended', complaints });
  isEnded = true;
  process.disconnect();
}
