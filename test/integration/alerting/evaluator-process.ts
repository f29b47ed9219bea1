// An instance that evaluates alert rules while it has the lock; see evaluators.int-spec.ts.
import { setTimeout as pause } from 'node:timers/promises';
import { EvaluatorLock } from '../../../src/alerting/evaluation/evaluator-lock.js';
import { holdProcess } from '../../../src/kernel/clock.js';
import { evaluatorOn } from '../../support/alert-evaluation.js';
import { CollectingLogger } from '../../support/collecting-logger.js';
import { startLocks } from '../../support/locks.js';
import { openDatabase } from '../../support/test-database.js';

/** As in the application. */
const SEEK_EVERY_MS = 1_000;
const EVALUATE_EVERY_MS = 200;

holdProcess();
const url = process.argv[2] ?? '';
const { db } = openDatabase(url);
const { locks } = await startLocks({ backend: 'postgres', database: db, databaseUrl: url });
const lock = new EvaluatorLock(locks, new CollectingLogger());
const evaluator = evaluatorOn(db, { config: { evaluateEveryMs: EVALUATE_EVERY_MS } });
// Whoever started it is gone.
process.on('disconnect', () => process.exit(0));
process.send?.('ready');

async function repeat(everyMs: number, step: () => Promise<unknown>): Promise<never> {
  for (;;) {
    await step();
    await pause(everyMs);
  }
}

await Promise.all([
  repeat(SEEK_EVERY_MS, () => lock.seek()),
  repeat(EVALUATE_EVERY_MS, async () => {
    if (lock.signal() === undefined) return;
    await evaluator.evaluate();
    process.send?.('evaluated');
  }),
]);
