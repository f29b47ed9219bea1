import { Module } from '@nestjs/common';
import { EventsModule } from '../platform/events/index.js';
import { AlertDelivery } from './delivery/alert-delivery.js';
import { DELIVERY_PROVIDERS } from './delivery/delivery-providers.js';
import { AlertReceivers } from './management/alert-receivers.js';
import { AlertRepository } from './management/alert.repository.js';
import { AlertRules } from './management/alert-rules.js';
import { Alerts } from './management/alerts.js';
import { ReceiverRepository } from './management/receiver.repository.js';
import { RuleRepository } from './management/rule.repository.js';
import { SilenceRepository } from './management/silence.repository.js';
import { Silences } from './management/silences.js';

/** Alerting: rules, alerts, and what is told of them. Needs the global platform modules. */
@Module({
  imports: [EventsModule],
  providers: [
    ...DELIVERY_PROVIDERS,
    AlertReceivers,
    AlertRepository,
    AlertRules,
    Alerts,
    ReceiverRepository,
    RuleRepository,
    SilenceRepository,
    Silences,
  ],
  exports: [AlertDelivery, AlertReceivers, AlertRules, Alerts, Silences],
})
export class AlertingModule {}
