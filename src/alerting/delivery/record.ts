import { Inject, Injectable } from '@nestjs/common';
import { ALERT_DELIVERY_CONFIG, type AlertDeliveryConfig } from '../../config/index.js';
import { Database, type Queryable } from '../../platform/database/index.js';
import type { AlertReceiver } from '../model/receiver.js';
import { DeliveryRepository, type Lease } from './delivery.repository.js';
import { LostNotices } from './lost-notices.js';
import { MessageRepository, type WaitingMessage } from './message.repository.js';
import { breakerPauseMs, retryDelayMs, slackMs } from './pace.js';
import type { SendOutcome } from './senders/sender.js';

/** An attempt that is over. */
export interface EndedAttempt {
  readonly lease: Lease;
  readonly receiver: AlertReceiver;
  /** As it was before the attempt. */
  readonly message: WaitingMessage;
  readonly outcome: SendOutcome;
}

/** What became of a message. */
export type Recorded = 'sent' | 'retry' | 'dead';

/** Writes down what came of attempts, and gives the receiver back, in one transaction. Safe to repeat. */
@Injectable()
export class DeliveryRecord {
  constructor(
    private readonly db: Database,
    private readonly deliveries: DeliveryRepository,
    private readonly messages: MessageRepository,
    private readonly lost: LostNotices,
    @Inject(ALERT_DELIVERY_CONFIG) private readonly config: AlertDeliveryConfig,
  ) {}

  /** @param fraction uniform in [0, 1), for jitter */
  write(attempt: EndedAttempt, fraction: number): Promise<Recorded> {
    return this.db.transaction(async (tx) => {
      const { outcome } = attempt;
      if (outcome.kind === 'sent') return this.succeed(tx, attempt);
      if (!(await this.deliveries.hold(tx, attempt.lease))) return 'retry';
      if (outcome.kind === 'refused') return this.bury(tx, attempt, outcome.reason, true);
      return this.retry(tx, attempt, outcome, fraction);
    });
  }

  /** Nothing was told. */
  giveBack(lease: Lease): Promise<void> {
    return this.release(this.db, lease, lease.failures, 0);
  }

  private async succeed(tx: Queryable, { lease, receiver, message }: EndedAttempt): Promise<Recorded> {
    await this.messages.finish(tx, message, receiver.kind === 'gateway');
    await this.lost.end(tx, receiver, 'reached');
    await this.release(tx, lease, 0, 0);
    return 'sent';
  }

  private async retry(
    tx: Queryable,
    attempt: EndedAttempt,
    outcome: Extract<SendOutcome, { kind: 'retry' }>,
    fraction: number,
  ): Promise<Recorded> {
    const { lease, message } = attempt;
    const isUntold = message.isUntold && outcome.isUntold;
    const { reason, afterMs = 0 } = outcome;
    const delayMs = Math.max(afterMs, retryDelayMs(message.attempts + 1, fraction));
    if (message.ageMs + delayMs > this.config.deadlineMs) return this.bury(tx, attempt, reason, isUntold);
    await this.messages.postpone(tx, message.id, { delayMs, reason, isUntold });
    const failures = lease.failures + 1;
    // What the receiver asks for is meant for all that comes from here.
    await this.release(tx, lease, failures, Math.max(afterMs, breakerPauseMs(failures, fraction)));
    return 'retry';
  }

  private async bury(
    tx: Queryable,
    { lease, receiver, message }: EndedAttempt,
    reason: string,
    isUntold: boolean,
  ): Promise<Recorded> {
    const ruleIds = await this.messages.bury(tx, message.id, reason, message.isUntold && isUntold);
    await this.lost.begin(tx, receiver, { ruleIds, reason });
    await this.release(tx, lease, lease.failures, 0);
    return 'dead';
  }

  private release(tx: Queryable, lease: Lease, failures: number, pauseMs: number): Promise<void> {
    return this.deliveries.release(tx, lease, { failures, pauseMs, slackMs: slackMs(this.config.paceMs) });
  }
}
