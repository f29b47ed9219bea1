import { Inject, Injectable } from '@nestjs/common';
import { ALERT_DELIVERY_CONFIG, type AlertDeliveryConfig } from '../../config/index.js';
import { Clock } from '../../kernel/clock.js';
import type { SecretReceiver } from '../management/receiver.repository.js';
import { DeliveryMetrics } from './delivery-metrics.js';
import type { AlertMessage } from './message.js';
import { AlertSenders } from './senders/alert-senders.js';
import type { SendOutcome } from './senders/sender.js';

const MS_PER_SECOND = 1_000;

/** One attempt to send a message: bounded in time, counted, and without a way to fail unseen. */
@Injectable()
export class SendAttempt {
  constructor(
    private readonly senders: AlertSenders,
    private readonly clock: Clock,
    private readonly metrics: DeliveryMetrics,
    @Inject(ALERT_DELIVERY_CONFIG) private readonly config: AlertDeliveryConfig,
  ) {}

  /** Never rejects. @param lost aborts when the attempt is to end at once */
  async send(receiver: SecretReceiver, message: AlertMessage, lost: AbortSignal): Promise<SendOutcome> {
    const { kind } = receiver;
    const late = new AbortController();
    const timer = this.clock.after(this.config.sendTimeoutMs, () => late.abort());
    const startedAt = this.clock.monotonic();
    try {
      const signal = AbortSignal.any([late.signal, lost]);
      const outcome = await this.senders.of(kind).send({ receiver, message }, signal);
      this.metrics.notifications.increment({ kind, outcome: outcome.kind });
      return outcome;
    } catch {
      // Only what is stored can be at fault: settings that an older version took.
      this.metrics.notifications.increment({ kind, outcome: 'refused' });
      return { kind: 'refused', reason: 'The settings of the receiver cannot be used: save it anew.' };
    } finally {
      timer.cancel();
      this.metrics.seconds.record({ kind }, (this.clock.monotonic() - startedAt) / MS_PER_SECOND);
    }
  }
}
