import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { ALERT_EVALUATION_CONFIG, type AlertEvaluationConfig } from '../../config/index.js';
import type { Queryable } from '../../platform/database/index.js';
import type { AlertChange, AlertSnapshot } from '../model/alert.js';
import type { AlertReceiver } from '../model/receiver.js';
import { DeliveryRepository } from './delivery.repository.js';
import { LostNoticeRepository } from './lost-notices.repository.js';
import { AlertOutbox } from './outbox.js';

const NAME = 'Notifications fail';
const FINGERPRINT_CHARACTERS = 16;

/**
 * Notifications that are given up are an alert themselves, told to others: the other receivers of the rule, or of the
 * tenant. It begins with the first one that is lost, and is resolved when the receiver takes one again.
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
    receiver: AlertReceiver,
    { ruleIds, reason }: { readonly ruleIds: readonly string[]; readonly reason: string },
  ): Promise<void> {
    const since = await this.deliveries.beginFailing(tx, receiver.id);
    const [ruleId] = ruleIds;
    if (since === undefined || ruleId === undefined) return;
    const receiverIds = await this.others.others(tx, receiver.id, ruleIds);
    const alert = alertOf(receiver, { ruleId, since, detail: reason, endsAt: null });
    await this.tell(tx, { transition: 'firing', alert, receiverIds }, since);
  }

  /** In the transaction that records a success. */
  async end(tx: Queryable, receiver: AlertReceiver, at: Date): Promise<void> {
    const since = await this.deliveries.endFailing(tx, receiver.id);
    if (since === undefined) return;
    const receiverIds = await this.others.told(tx, fingerprintOf(receiver), since);
    const alert = alertOf(receiver, { ruleId: '0', since, detail: null, endsAt: at });
    await this.tell(tx, { transition: 'resolved', alert, receiverIds }, at);
  }

  private tell(tx: Queryable, change: AlertChange, at: Date): Promise<void> {
    const runbookUrl = `${this.config.runbookBaseUrl}/notifications-failing.md`;
    return this.outbox.enqueue(tx, [{ ...change, alert: { ...change.alert, runbookUrl } }], at);
  }
}

function fingerprintOf({ id }: AlertReceiver): string {
  return createHash('sha256').update(`receiver:${id}`).digest('hex').slice(0, FINGERPRINT_CHARACTERS);
}

function alertOf(
  receiver: AlertReceiver,
  {
    ruleId,
    since,
    detail,
    endsAt,
  }: { ruleId: string; since: Date; detail: string | null; endsAt: Date | null },
): AlertSnapshot {
  return {
    tenantId: receiver.tenantId,
    ruleId,
    ruleName: NAME,
    fingerprint: fingerprintOf(receiver),
    state: endsAt === null ? 'firing' : 'normal',
    severity: 'critical',
    labels: { alertname: NAME, severity: 'critical', receiver: receiver.name },
    summary:
      endsAt === null
        ? `Notifications to "${receiver.name}" are lost.`
        : `"${receiver.name}" takes notifications again.`,
    detail,
    value: null,
    startsAt: since.toISOString(),
    endsAt: endsAt?.toISOString() ?? null,
    predictedAt: null,
    runbookUrl: null,
  };
}
