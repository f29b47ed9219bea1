import { AlertDeliveryRun } from '../../test/chaos/alert-delivery-run.js';
import { openBenchDatabase } from '../support/embedded-database.js';
import type { BenchRow } from '../support/report.js';

const AGAINST = 'changes that two processes committed which are killed again and again';

/** Whether receivers hear of all changes, once and in order, though processes die. The last figures are the control. */
export async function benchOutbox(
  { transitions, kills }: { readonly transitions: number; readonly kills: number },
  seed: number,
): Promise<BenchRow[]> {
  const database = await openBenchDatabase();
  try {
    const report = await AlertDeliveryRun.run({ seed, transitions, kills, isCareful: true }, database);
    const control = await AlertDeliveryRun.run(
      { seed, transitions: 600, kills: 1, isCareful: false },
      database,
    );
    const { committed, told, collapsed, messages, seconds, refused, cutOff } = report;
    const row = (id: string, ratio: number, figures: BenchRow['figures']): BenchRow => ({
      id,
      ratio,
      against: AGAINST,
      goal: 0,
      want: 'at most',
      ...(figures && { figures }),
    });
    return [
      row('outbox-lost', report.lost, {
        committed,
        told,
        collapsed,
        messages,
        kills: report.kills,
        refused,
        seconds,
      }),
      row('outbox-duplicates', report.duplicates + report.unexplained, {
        sameKeyAfterACut: cutOff,
        withoutLease: control.duplicates + control.unexplained,
      }),
      row('outbox-misordered', report.misordered, { withoutOrder: control.misordered }),
    ];
  } finally {
    await database.close();
  }
}
