import { AlertOutbox } from '../../src/alerting/delivery/outbox.js';
import type { AlertChange } from '../../src/alerting/model/alert.js';
import { sql } from '../../src/kernel/sql.js';
import type { Database, Queryable } from '../../src/platform/database/index.js';
import { firingAlert, resolvedAlert } from '../support/alert-delivery.js';
import type { Random } from '../support/random.js';

interface ChaosAlert {
  readonly id: string;
  readonly ruleId: string;
  readonly fingerprint: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly startsAt: Date | null;
  readonly version: string;
  readonly receiverIds: readonly string[];
}

/** Alerts changed together in one transaction. */
const MOST_AT_ONCE = 6;

/** Alerts that go to and fro, changed by several processes at once: whoever wins the compare-and-swap tells of it. */
export class AlertTransitions {
  constructor(
    private readonly db: Database,
    private readonly outbox: AlertOutbox,
    private readonly random: Random,
  ) {}

  /** Changes some alerts, or none when others were faster. Answers how many changes there are in all. */
  async make(alerts: number): Promise<number> {
    const wanted = Array.from(
      { length: 1 + this.random.below(MOST_AT_ONCE) },
      () => 1 + this.random.below(alerts),
    );
    const found = await this.db.query<ChaosAlert>(sql`
      SELECT alert.id, alert.rule_id AS "ruleId", fingerprint, alert.labels, starts_at AS "startsAt", alert.version,
        ARRAY(SELECT receiver_id::text FROM alert_rule_receivers AS told WHERE told.rule_id = alert.rule_id)
          AS "receiverIds"
      FROM alert_instances AS alert WHERE alert.id = ANY (${wanted}::bigint[]) ORDER BY alert.id`);
    return this.db.transaction((tx) => this.change(tx, found));
  }

  private async change(tx: Queryable, alerts: readonly ChaosAlert[]): Promise<number> {
    const [clock] = await tx.query<{ at: Date }>(
      sql`SELECT date_trunc('milliseconds', clock_timestamp()) AS at`,
    );
    const at = clock?.at ?? new Date();
    const changes: AlertChange[] = [];
    for (const alert of alerts) {
      const startsAt = alert.startsAt === null ? at : null;
      const won = await tx.execute(sql`
        UPDATE alert_instances SET starts_at = ${startsAt}::timestamptz, version = version + 1,
          state = ${startsAt === null ? 'normal' : 'firing'}
        WHERE id = ${alert.id}::bigint AND version = ${alert.version}::bigint`);
      if (won === 1) changes.push(changeOf(alert, at));
    }
    await this.outbox.enqueue(tx, changes, at);
    await this.record(tx, changes);
    const [row] = await tx.query<{ rows: number }>(sql`SELECT count(*)::int AS rows FROM chaos_transition`);
    return row?.rows ?? 0;
  }

  /** What the run holds the receivers against; beside the outbox, and not by its code. */
  private async record(tx: Queryable, changes: readonly AlertChange[]): Promise<void> {
    for (const { transition, alert, receiverIds } of changes) {
      await tx.query(sql`
        INSERT INTO chaos_transition (receiver_id, fingerprint, starts_at, transition)
        SELECT receiver, ${alert.fingerprint}, ${alert.startsAt}::timestamptz, ${transition}
        FROM unnest(${receiverIds}::bigint[]) AS receiver`);
    }
  }
}

function changeOf(alert: ChaosAlert, at: Date): AlertChange {
  const { ruleId, fingerprint, labels, startsAt, receiverIds } = alert;
  const firing = firingAlert({ ruleId, fingerprint, labels, startsAt: (startsAt ?? at).toISOString() });
  return startsAt === null
    ? { transition: 'firing', alert: firing, receiverIds }
    : { transition: 'resolved', alert: { ...resolvedAlert(firing), endsAt: at.toISOString() }, receiverIds };
}
