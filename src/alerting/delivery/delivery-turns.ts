import { Injectable } from '@nestjs/common';
import { ReceiverRepository, type SecretReceiver } from '../management/receiver.repository.js';
import { MessageComposer } from './composer.js';
import type { Lease } from './delivery.repository.js';
import type { AlertMessage } from './message.js';
import { MessageRepository, type WaitingMessage } from './message.repository.js';
import { Mutes } from './muting/mutes.js';
import { AlertSenders } from './senders/alert-senders.js';

/** What a sender is to do with a receiver it has leased. */
export interface Turn {
  readonly receiver: SecretReceiver;
  readonly message: WaitingMessage;
  /** With all that it tells. */
  readonly content: AlertMessage;
}

/** Finds what is next for a receiver: a message that waits for another attempt, else a new one. */
@Injectable()
export class DeliveryTurns {
  constructor(
    private readonly receivers: ReceiverRepository,
    private readonly messages: MessageRepository,
    private readonly composer: MessageComposer,
    private readonly mutes: Mutes,
    private readonly senders: AlertSenders,
  ) {}

  /** Undefined: nothing is to be told now, or the receiver is gone. Notes the attempt that now begins. */
  async next(lease: Lease): Promise<Turn | undefined> {
    const [receiver] = await this.receivers.withSecrets([lease.receiverId]);
    if (receiver === undefined) return undefined;
    const waiting = await this.messages.nextDue(receiver.id, lease.isEdited);
    const message = waiting?.isUntold === false ? waiting : await this.compose(lease, receiver, waiting);
    if (message === undefined || !(await this.messages.beginAttempt(message))) return undefined;
    return { receiver, message, content: await this.contentOf(receiver, message) };
  }

  private async compose(
    lease: Lease,
    receiver: SecretReceiver,
    untold: WaitingMessage | undefined,
  ): Promise<WaitingMessage | undefined> {
    const muting = await this.mutes.of(receiver.tenantId, lease.at);
    const { maxAlerts } = this.senders.of(receiver.kind);
    return this.composer.compose({ lease, receiver, muting, maxAlerts, ...(untold && { untold }) });
  }

  private async contentOf(receiver: SecretReceiver, message: WaitingMessage): Promise<AlertMessage> {
    return {
      id: message.id,
      key: message.key,
      groupKey: message.groupKey,
      attempt: message.attempts + 1,
      alerts: await this.messages.alerts(message.id),
      openIncidents:
        receiver.kind === 'pagerduty'
          ? await this.messages.openIncidents(receiver.id, message.id)
          : new Set(),
    };
  }
}
