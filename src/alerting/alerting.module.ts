import { Module } from '@nestjs/common';
import { CollectorsModule } from '../collectors/index.js';
import { EventsModule } from '../platform/events/index.js';
import { AnomalyObserver } from './anomaly/anomaly-observer.js';
import { ANOMALY_PROVIDERS } from './anomaly/anomaly-providers.js';
import { ForeseeingObserver } from './anomaly/foreseeing-observer.js';
import { AlertDelivery } from './delivery/alert-delivery.js';
import { DELIVERY_PROVIDERS } from './delivery/delivery-providers.js';
import { EVALUATION_PROVIDERS } from './evaluation/evaluation-providers.js';
import { ALERT_OBSERVERS } from './evaluation/observing.js';
import { AlertReceivers } from './management/alert-receivers.js';
import { AlertRepository } from './management/alert.repository.js';
import { AlertRules } from './management/alert-rules.js';
import { Alerts } from './management/alerts.js';
import { ReceiverRepository } from './management/receiver.repository.js';
import { RuleRepository } from './management/rule.repository.js';
import { SilenceRepository } from './management/silence.repository.js';
import { Silences } from './management/silences.js';
import type { Observer } from './model/observer.js';
import { PREVIEW_PROVIDERS } from './preview/preview-providers.js';
import { RulePreview } from './preview/rule-preview.js';
import { BurnRateObserver } from './slos/burn-rate-observer.js';
import { SLO_PROVIDERS } from './slos/slo-providers.js';
import { SloStatus } from './slos/slo-status.js';
import { Slos } from './slos/slos.js';

/** Alerting: rules, alerts, and what is told of them. Needs the global platform modules. */
@Module({
  imports: [CollectorsModule, EventsModule],
  providers: [
    ...ANOMALY_PROVIDERS,
    ...DELIVERY_PROVIDERS,
    ...EVALUATION_PROVIDERS,
    {
      provide: ALERT_OBSERVERS,
      inject: [ForeseeingObserver, AnomalyObserver, BurnRateObserver],
      useFactory: (...observers: readonly Observer[]): readonly Observer[] => observers,
    },
    ...PREVIEW_PROVIDERS,
    ...SLO_PROVIDERS,
    AlertReceivers,
    AlertRepository,
    AlertRules,
    Alerts,
    ReceiverRepository,
    RuleRepository,
    SilenceRepository,
    Silences,
  ],
  exports: [AlertDelivery, AlertReceivers, AlertRules, Alerts, RulePreview, Silences, Slos, SloStatus],
})
export class AlertingModule {}
