import { type Provider } from '@nestjs/common';
import { AddressGuard } from './http/address-guard.js';
import { HttpPost } from './http/http-post.js';
import { AlertDelivery } from './alert-delivery.js';
import { SendAttempt } from './attempt.js';
import { MessageComposer } from './composer.js';
import { DeliveryDispatcher } from './delivery-dispatcher.js';
import { DeliveryMetrics } from './delivery-metrics.js';
import { DeliveryRound } from './delivery-round.js';
import { DeliverySurroundings } from './delivery-surroundings.js';
import { DeliveryTurns } from './delivery-turns.js';
import { DeliveryRepository } from './delivery.repository.js';
import { GatewayNotices } from './gateway-notices.js';
import { GatewayRepository } from './gateway.repository.js';
import { GroupRepository } from './group.repository.js';
import { LostNotices } from './lost-notices.js';
import { LostNoticeRepository } from './lost-notices.repository.js';
import { MessageRepository } from './message.repository.js';
import { InhibitorRepository } from './muting/inhibitor.repository.js';
import { Mutes } from './muting/mutes.js';
import { AlertOutbox } from './outbox.js';
import { OutboxRepository } from './outbox.repository.js';
import { OutboxUpkeep } from './outbox-upkeep.js';
import { OutboxUpkeepRepository } from './outbox-upkeep.repository.js';
import { DeliveryRecord } from './record.js';
import { AlertSenders } from './senders/alert-senders.js';
import { EmailSender } from './senders/email-sender.js';
import { GatewaySender } from './senders/gateway-sender.js';
import { PagerdutySender } from './senders/pagerduty-sender.js';
import { SlackSender } from './senders/slack-sender.js';
import { WebhookSender } from './senders/webhook-sender.js';

/** The delivery: outbox, senders and what they need. */
export const DELIVERY_PROVIDERS: Provider[] = [
  AddressGuard,
  AlertDelivery,
  AlertOutbox,
  AlertSenders,
  DeliveryDispatcher,
  DeliveryMetrics,
  DeliveryRecord,
  DeliveryRepository,
  DeliveryRound,
  DeliverySurroundings,
  DeliveryTurns,
  EmailSender,
  GatewayNotices,
  GatewayRepository,
  GatewaySender,
  GroupRepository,
  HttpPost,
  InhibitorRepository,
  LostNoticeRepository,
  LostNotices,
  MessageComposer,
  MessageRepository,
  Mutes,
  OutboxRepository,
  OutboxUpkeep,
  OutboxUpkeepRepository,
  PagerdutySender,
  SendAttempt,
  SlackSender,
  WebhookSender,
];
