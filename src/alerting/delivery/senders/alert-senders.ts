import { Injectable } from '@nestjs/common';
import type { ReceiverKind } from '../../model/receiver.js';
import { EmailSender } from './email-sender.js';
import { GatewaySender } from './gateway-sender.js';
import { PagerdutySender } from './pagerduty-sender.js';
import type { AlertSender } from './sender.js';
import { SlackSender } from './slack-sender.js';
import { WebhookSender } from './webhook-sender.js';

/** The sender of each kind of receiver. */
@Injectable()
export class AlertSenders {
  private readonly senders: Readonly<Record<ReceiverKind, AlertSender>>;

  constructor(
    slack: SlackSender,
    pagerduty: PagerdutySender,
    webhook: WebhookSender,
    email: EmailSender,
    gateway: GatewaySender,
  ) {
    this.senders = { slack, pagerduty, webhook, email, gateway };
  }

  of(kind: ReceiverKind): AlertSender {
    return this.senders[kind];
  }
}
