import { Injectable } from '@nestjs/common';
import { Clock } from '../../kernel/clock.js';
import { Ids } from '../../kernel/ids.js';
import { Logger } from '../../platform/logging/index.js';
import type { AlertReceiver } from '../model/receiver.js';
import { DeliveryMetrics } from './delivery-metrics.js';
import type { WaitingMessage } from './message.repository.js';
import type { Recorded } from './record.js';
import type { SendOutcome } from './senders/sender.js';

/** What the delivery has around it, and where it says how it does. Receivers are named by id: names are their users'. */
@Injectable()
export class DeliverySurroundings {
  constructor(
    readonly clock: Clock,
    readonly ids: Ids,
    private readonly logger: Logger,
    private readonly metrics: DeliveryMetrics,
  ) {}

  /** Something of our own failed; it is tried again. */
  failed(where: 'claim' | 'turn' | 'gateway', error: unknown, fields: object = {}): void {
    this.metrics.errors.increment({ where });
    this.logger.warn('Notifications could not be worked on', { where, err: error, ...fields });
  }

  /** What came of an attempt. */
  told(receiver: AlertReceiver, message: WaitingMessage, recorded: Recorded, outcome: SendOutcome): void {
    const { id: receiverId, kind } = receiver;
    if (recorded === 'dead') this.metrics.deadLetters.increment({ kind });
    if (recorded === 'sent') return;
    const reason = outcome.kind === 'sent' ? null : outcome.reason;
    const fields = { receiverId, kind, messageId: message.id, attempt: message.attempts + 1, reason };
    if (recorded === 'dead') this.logger.error('A notification was given up', fields);
    else this.logger.debug('A notification failed and is tried again', fields);
  }
}
