import { Injectable, type OnModuleInit } from '@nestjs/common';
import { type HealthIndicator, HealthIndicators } from '../platform/health/index.js';
import { MetricRegistry } from '../platform/telemetry/index.js';
import { type HubFigures, PresenceHub } from './presence-hub.js';

/** Counting alone for as long is fully bad: then an instance gives out only its share. */
const ALONE_IS_BAD_MS = 60_000;

/** Shows presence in /metrics, and what is wrong with it in /metrics/health. */
@Injectable()
export class PresenceMetrics implements OnModuleInit {
  constructor(
    private readonly hub: PresenceHub,
    private readonly registry: MetricRegistry,
    private readonly indicators: HealthIndicators,
  ) {}

  onModuleInit(): void {
    this.addGauges();
    this.addCounters();
    this.indicators.register(this.aloneIndicator());
  }

  private addGauges(): void {
    this.gauge(
      'presence_channels',
      'Channels with subscribers on this instance.',
      ({ channels }) => channels,
    );
    this.gauge(
      'presence_layouts',
      'Layouts with somebody in them on this instance.',
      ({ layouts }) => layouts,
    );
    this.gauge(
      'presence_members',
      'Connections in layouts, those included that were lost within the last 10 s.',
      ({ members }) => members,
    );
    this.gauge(
      'presence_instances',
      'Instances that share presence and limits, this one included.',
      ({ coordination }) => coordination.instances,
    );
    this.gauge(
      'presence_counting_alone',
      '1 while Redis is configured and this instance counts connections by itself, else 0.',
      ({ coordination }) => (coordination.mode === 'alone' ? 1 : 0),
    );
  }

  private addCounters(): void {
    this.counter(
      'presence_batches_total',
      'Frames of presence that were made.',
      ({ batches }) => batches.frames,
    );
    this.counter(
      'presence_batch_deliveries_total',
      'Times that a frame of presence was given to a connection.',
      ({ batches }) => batches.deliveries,
    );
    this.counter(
      'presence_failures_total',
      'Messages to other instances, and events, that Redis did not take.',
      ({ coordination }) => coordination.failures,
    );
    this.registry.observedCounter(
      'presence_refusals_total',
      { help: 'Places that were refused, by the limit that was reached.' },
      () =>
        Object.entries(this.hub.figures().refusals).map(([scope, value]) => ({ labels: { scope }, value })),
    );
  }

  private gauge(name: string, help: string, read: (figures: HubFigures) => number): void {
    this.registry.observedGauge(name, { help }, () => read(this.hub.figures()));
  }

  private counter(name: string, help: string, read: (figures: HubFigures) => number): void {
    this.registry.observedCounter(name, { help }, () => read(this.hub.figures()));
  }

  private aloneIndicator(): HealthIndicator {
    return {
      component: 'gateway',
      name: 'counting-alone',
      title: 'The time for which this instance has counted connections without the others',
      unit: 'ms',
      knots: { good: 0, bad: ALONE_IS_BAD_MS, weight: 30, scale: 'linear' },
      advice:
        'Redis does not answer: limits hold on each instance, and others are not seen. Bring Redis back.',
      runbook: 'docs/runbooks/gateway-refusing.md',
      read: () => {
        const { mode, aloneForMs } = this.hub.figures().coordination;
        return mode === 'local' ? { kind: 'not-configured' } : { kind: 'value', value: aloneForMs };
      },
    };
  }
}
