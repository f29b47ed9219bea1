import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { ALERT_EVALUATION_CONFIG, type AlertEvaluationConfig } from '../../config/index.js';
import type { Queryable } from '../../platform/database/index.js';
import type { AlertChange, AlertSnapshot } from '../model/alert.js';
import type { AlertReceiver } from '../model/receiver.js';
import { DeliveryRepository } from './delivery.repository.js';
import { LostNoticeRepository } from './lost-notices.repository.js';
import { NO_RULE } from './message.js';
import { AlertOutbox } from './outbox.js';

const NAME = 'Notifications fail';
const FINGERPRINT_CHARACTERS = 16;

const ENDS = {
  reached: (name: string) => `"${name}" takes notifications again.`,
  deleted: (name: string) => `"${name}" was deleted.`,
};

/** Whom it is about. */
type LostReceiver = Pick<AlertReceiver, 'id' | 'tenantId' | 'name'>;

interface Notice {
  readonly since: Date;
  readonly summary: string;
  readonly detail?: string;
  /** Undefined while they are lost. */
  readonly endsAt?: Date;
}

/**
 * Notifications that are given up are an alert themselves, told to others: the other receivers of the rule, or of the
 * tenant. It begins with the first one that is lost, and is resolved when the receiver takes one again, a test included,
 * or is deleted.
 */
@Injectable()
export class LostNotices {
  constructor(
    private readonly deliveries: DeliveryRepository,
    private readonly others: LostNoticeRepository,
    private readonly outbox: AlertOutbox,
    @Inject(ALERT_EVALUATION_CONFIG) private readonly config: AlertEvaluationConfig,
  ) {}

  /** In the transaction that gives them up. */
  async begin(
    tx: Queryable,
    receiver: LostReceiver,
    { ruleIds, reason }: { readonly ruleIds: readonly string[]; readonly reason: string },
  ): Promise<void> {
    const since = await this.deliveries.beginFailing(tx, receiver.id);
    if (since === undefined || ruleIds.length === 0) return;
    const receiverIds = await this.others.others(tx, receiver.id, ruleIds);
    const alert = alertOf(receiver, {
      since,
      summary: `Notifications to "${receiver.name}" are lost.`,
      detail: reason,
    });
    await this.tell(tx, { transition: 'firing', alert, receiverIds }, since);
  }

  /** In the transaction that records a success, or, before that, deletes the receiver. */
  async end(tx: Queryable, receiver: LostReceiver, why: keyof typeof ENDS): Promise<void> {
    const failing = await this.deliveries.endFailing(tx, receiver.id);
    if (failing === undefined) return;
    const { since, at } = failing;
    const receiverIds = await this.others.told(tx, fingerprintOf(receiver), since);
    const alert = alertOf(receiver, { since, summary: ENDS[why](receiver.name), endsAt: at });
    await this.tell(tx, { transition: 'resolved', alert, receiverIds }, at);
  }

  private tell(tx: Queryable, change: AlertChange, at: Date): Promise<void> {
    const runbookUrl = `${this.config.runbookBaseUrl}/notifications-failing.md`;
    return this.outbox.enqueue(tx, [{ ...change, alert: { ...change.alert, runbookUrl } }], at);
  }
}

function fingerprintOf({ id }: LostReceiver): string {
  return createHash('sha256').update(`receiver:${id}`).digest('hex').slice(0, FINGERPRINT_CHARACTERS);
}

function alertOf(receiver: LostReceiver, { since, summary, detail, endsAt }: Notice): AlertSnapshot {
  return {
    tenantId: receiver.tenantId,
    ruleId: NO_RULE,
    ruleName: NAME,
    fingerprint: fingerprintOf(receiver),
    state: endsAt === undefined ? 'firing' : 'normal',
    severity: 'critical',
    labels: { alertname: NAME, severity: 'critical', receiver: receiver.name },
    summary,
    detail: detail ?? null,
    value: null,
    startsAt: since.toISOString(),
    endsAt: endsAt?.toISOString() ?? null,
    predictedAt: null,
    runbookUrl: null,
  };
}
