import { Injectable } from '@nestjs/common';
import { HealthIndicators } from '../../platform/health/index.js';
import { MetricRegistry } from '../../platform/telemetry/index.js';
import type { SignalReading } from './signal-window.js';

/** A series of a signal as it is now. */
export interface SignalSeries {
  readonly labels: Readonly<Record<string, string>>;
  /** Undefined: there is no value now. */
  readonly reading: SignalReading | undefined;
}

/** What this instance measures of itself: the metrics of GET /metrics, and the indicators of its health. */
@Injectable()
export class OwnSignals {
  constructor(
    private readonly registry: MetricRegistry,
    private readonly indicators: HealthIndicators,
  ) {}

  /** Whether there is such a signal, with series or without. */
  has(signal: string): boolean {
    const { registry, indicators } = this;
    const metrics = [...registry.gauges(), ...registry.counters(), ...registry.distributions()];
    return (
      metrics.some(({ name }) => name === signal) ||
      indicators.all().some(({ component, name }) => `${component}.${name}` === signal)
    );
  }

  /** The series that have these labels; undefined when there is no such signal. */
  read(signal: string, labels: Readonly<Record<string, string>>): SignalSeries[] | undefined {
    const all = this.numbers(signal) ?? this.distribution(signal) ?? this.indicator(signal);
    return all?.filter((series) =>
      Object.entries(labels).every(([name, value]) => series.labels[name] === value),
    );
  }

  private numbers(signal: string): SignalSeries[] | undefined {
    const gauge = this.registry.gauges().find(({ name }) => name === signal);
    if (gauge !== undefined) {
      return gauge.samples().map(({ labels, value }) => ({ labels, reading: { kind: 'gauge', value } }));
    }
    const counter = this.registry.counters().find(({ name }) => name === signal);
    return counter
      ?.samples()
      .map(({ labels, value }) => ({ labels, reading: { kind: 'counter', total: value } }));
  }

  private distribution(signal: string): SignalSeries[] | undefined {
    return this.registry
      .distributions()
      .find(({ name }) => name === signal)
      ?.samples()
      .map(({ labels, value }) => ({
        labels,
        reading: { kind: 'distribution', sum: value.sum, buckets: new Map(value.buckets()) },
      }));
  }

  /** `component.indicator`; what is not configured has no series. */
  private indicator(signal: string): SignalSeries[] | undefined {
    const indicator = this.indicators.all().find(({ component, name }) => `${component}.${name}` === signal);
    if (indicator === undefined) return undefined;
    const reading = indicator.read();
    switch (reading.kind) {
      case 'value':
        return [{ labels: {}, reading: { kind: 'gauge', value: reading.value } }];
      case 'no-data':
      case 'insufficient':
        return [{ labels: {}, reading: undefined }];
      case 'not-configured':
        return [];
    }
  }
}
