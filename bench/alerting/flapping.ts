import { setTimeout as pause } from 'node:timers/promises';
import { AlertOutbox } from '../../src/alerting/delivery/outbox.js';
import { advance } from '../../src/alerting/evaluation/state-machine.js';
import type { InstanceState } from '../../src/alerting/model/alert.js';
import { AlertScene, firingAlert, resolvedAlert, startDelivery } from '../../test/support/alert-delivery.js';
import { ReceiverServer } from '../../test/support/alert-receiver-server.js';
import { Random } from '../../test/support/random.js';
import { openBenchDatabase } from '../support/embedded-database.js';
import type { BenchRow } from '../support/report.js';

const GOAL = 100;
const EVALUATE_EVERY_MS = 5_000;
const HOUR_MS = 3_600_000;
/** The hour goes by so many times as fast; waits of the receiver are shortened alike. */
const FASTER = 60;
const POLICY = { forMs: 0, keepFiringMs: 0, missingData: 'ok' } as const;
/** Of a rule without hold times and hysteresis, which is the worst. */
const PATTERNS: Readonly<Record<string, (step: number, random: Random) => boolean>> = {
  everyStep: (step) => step % 2 === 0,
  everyOtherStep: (step) => step % 4 < 2,
  atRandom: (_step, random) => random.below(2) === 0,
};

/** Messages of an hour in which values cross their thresholds again and again, against a message for each crossing. */
export async function benchFlapping(
  { flappingMs }: { readonly flappingMs: number },
  seed: number,
): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  for (const [name, pattern] of Object.entries(PATTERNS)) {
    const { crossings, messages } = await hour(
      (step) => pattern(step, new Random(seed * 7_919 + step)),
      flappingMs,
    );
    rows.push({
      id: `flapping-${name}`,
      ratio: crossings / messages,
      against: `a message for each of ${crossings} crossings`,
      goal: GOAL * (flappingMs / HOUR_MS),
      want: 'at least',
      figures: { messages, crossings, minutes: flappingMs / 60_000 },
    });
  }
  return rows;
}

async function hour(
  isBad: (step: number) => boolean,
  lengthMs: number,
): Promise<{ crossings: number; messages: number }> {
  const database = await openBenchDatabase();
  const server = await ReceiverServer.start();
  const instance = await startDelivery(database.url, {
    ALERTING_PACE_MS: String(Math.round(5_000 / FASTER)),
  });
  try {
    const scene = new AlertScene(database.db);
    const outbox = instance.module.get(AlertOutbox);
    const receiver = await scene.receiver({
      secrets: { url: server.url },
      groupWaitMs: Math.round(10_000 / FASTER),
      groupIntervalMs: 300_000 / FASTER,
      repeatMs: 4 * HOUR_MS,
    });
    const ruleId = await scene.rule();
    let state: InstanceState | undefined;
    let crossings = 0;
    const beganAt = performance.now();
    for (let step = 0; step * EVALUATE_EVERY_MS < lengthMs; step += 1) {
      if (step > 0 && isBad(step) !== isBad(step - 1)) crossings += 1;
      const at = new Date(Date.UTC(2026, 0, 1) + step * EVALUATE_EVERY_MS);
      const startsAt = state?.startsAt ?? at;
      const { next, transition } = advance(state, { outcome: isBad(step) ? 'bad' : 'well' }, POLICY, at);
      state = next;
      if (transition !== null) {
        const firing = firingAlert({ ruleId, startsAt: startsAt.toISOString() });
        const alert = transition === 'resolved' ? resolvedAlert(firing) : firing;
        await scene.change(outbox, [{ transition, alert, receiverIds: [receiver] }]);
      }
      const dueAt = beganAt + ((step + 1) * EVALUATE_EVERY_MS) / FASTER;
      await pause(Math.max(0, dueAt - performance.now()));
    }
    // What waits for the group's interval counts as well.
    await pause(300_000 / FASTER + 2_000);
    return { crossings, messages: server.received.length };
  } finally {
    await instance.close();
    await server.stop();
    await database.close();
  }
}
