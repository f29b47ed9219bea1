import { Injectable } from '@nestjs/common';
import {
  type Counter,
  type Distribution,
  type Gauge,
  MetricRegistry,
} from '../../platform/telemetry/index.js';

/** Metrics of the delivery on this instance; those of the outbox are of all instances. */
@Injectable()
export class DeliveryMetrics {
  readonly notifications: Counter<'kind' | 'outcome'>;
  readonly seconds: Distribution<'kind'>;
  readonly deadLetters: Counter<'kind'>;
  readonly errors: Counter<'where'>;
  readonly waiting: Gauge;
  readonly oldestSeconds: Gauge;
  readonly dead: Gauge;
  readonly openBreakers: Gauge;

  constructor(registry: MetricRegistry) {
    this.notifications = registry.counter('alerting_notifications_total', {
      help: 'Attempts to send a notification, by kind of receiver and outcome.',
      labels: ['kind', 'outcome'],
    });
    this.seconds = registry.distribution('alerting_notification_seconds', {
      help: 'Time of attempts to send a notification, by kind of receiver.',
      labels: ['kind'],
    });
    this.deadLetters = registry.counter('alerting_dead_letters_total', {
      help: 'Notifications given up by this instance, by kind of receiver.',
      labels: ['kind'],
    });
    this.errors = registry.counter('alerting_delivery_errors_total', {
      help: 'Failures of the delivery beside the receivers, by where.',
      labels: ['where'],
    });
    this.waiting = registry.gauge('alerting_outbox_waiting', {
      help: 'Changes of alerts that wait to be told, muted ones included.',
    });
    this.oldestSeconds = registry.gauge('alerting_outbox_oldest_seconds', {
      help: 'Age of the oldest message that waits for another attempt.',
    });
    this.dead = registry.gauge('alerting_outbox_dead', {
      help: 'Changes of alerts that could not be told, as long as they are kept.',
    });
    this.openBreakers = registry.gauge('alerting_breakers_open', {
      help: 'Receivers that are left alone for a while since they failed repeatedly.',
    });
  }
}
