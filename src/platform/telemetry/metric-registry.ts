import { Injectable } from '@nestjs/common';
import { InvalidMetricError } from './errors.js';
import {
  Counter,
  Distribution,
  Gauge,
  type MetricOptions,
  type NumberSample,
  ObservedMetric,
} from './metric.js';

/** Any gauge, however it gets its value. */
export type AnyGauge = Gauge<string> | ObservedMetric;

/** Any counter, however it gets its value. */
export type AnyCounter = Counter<string> | ObservedMetric;

const NAME = /^[a-z][a-z0-9]*(_[a-z0-9]+)+$/;
/** Suffixes the exposition formats give a meaning of their own, and units that are not base units. */
const RESERVED =
  /_(bucket|sum|count|created|info|ms|milliseconds|us|ns|minutes|hours|days|weeks|kb|mb|kilobytes|percent)(_total)?$/;
const LABEL = /^[a-z][a-z0-9_]*$/;

/**
 * All metrics of this process. Each is defined once, at start; two definitions of one name are a fault.
 * Names: module_what_unit, counters end in _total, distributions in their unit (_seconds, _bytes, ...).
 */
@Injectable()
export class MetricRegistry {
  private readonly counterList: AnyCounter[] = [];
  private readonly gaugeList: AnyGauge[] = [];
  private readonly distributionList: Distribution<string>[] = [];
  private readonly names = new Set<string>();

  /** @throws InvalidMetricError TELEMETRY_METRIC_INVALID */
  counter<Name extends string = never>(name: string, options: MetricOptions<Name>): Counter<Name> {
    this.claimTotal(name, options.labels);
    const counter = new Counter(name, options);
    this.counterList.push(counter);
    return counter;
  }

  /**
   * A counter that something else keeps; `read` gives its values at every scrape, is quick and touches no network.
   * @throws InvalidMetricError TELEMETRY_METRIC_INVALID
   */
  observedCounter(
    name: string,
    options: Pick<MetricOptions<never>, 'help'>,
    read: () => number | readonly NumberSample[],
  ): void {
    this.claimTotal(name, []);
    this.counterList.push(new ObservedMetric(name, options, read));
  }

  /** @throws InvalidMetricError TELEMETRY_METRIC_INVALID */
  gauge<Name extends string = never>(name: string, options: MetricOptions<Name>): Gauge<Name> {
    this.claimPlain(name, options.labels);
    const gauge = new Gauge(name, options);
    this.gaugeList.push(gauge);
    return gauge;
  }

  /**
   * A gauge whose values `read` gives at every scrape; it must be quick and touch no network.
   * @throws InvalidMetricError TELEMETRY_METRIC_INVALID
   */
  observedGauge(
    name: string,
    options: Pick<MetricOptions<never>, 'help'>,
    read: () => number | readonly NumberSample[],
  ): void {
    this.claimPlain(name, []);
    this.gaugeList.push(new ObservedMetric(name, options, read));
  }

  /** @throws InvalidMetricError TELEMETRY_METRIC_INVALID */
  distribution<Name extends string = never>(name: string, options: MetricOptions<Name>): Distribution<Name> {
    this.claimPlain(name, options.labels);
    const distribution = new Distribution(name, options);
    this.distributionList.push(distribution);
    return distribution;
  }

  /** Counters, in the order of their definition. */
  counters(): readonly AnyCounter[] {
    return this.counterList;
  }

  /** Gauges, in the order of their definition. */
  gauges(): readonly AnyGauge[] {
    return this.gaugeList;
  }

  /** Distributions, in the order of their definition. */
  distributions(): readonly Distribution<string>[] {
    return this.distributionList;
  }

  private claimTotal(name: string, labels: readonly string[] | undefined): void {
    if (!name.endsWith('_total')) throw new InvalidMetricError(name, 'a counter ends in _total');
    this.claim(name, labels);
  }

  private claimPlain(name: string, labels: readonly string[] | undefined): void {
    if (name.endsWith('_total')) throw new InvalidMetricError(name, 'only a counter ends in _total');
    this.claim(name, labels);
  }

  private claim(name: string, labels: readonly string[] = []): void {
    if (!NAME.test(name)) throw new InvalidMetricError(name, 'names are module_what_unit in snake_case');
    if (RESERVED.test(name)) throw new InvalidMetricError(name, 'the suffix is reserved or no base unit');
    // OpenMetrics names a counter's family without the suffix, and two families must not share a name.
    const family = name.replace(/_total$/, '');
    if (this.names.has(family)) throw new InvalidMetricError(name, 'the name is taken');
    const wrong = labels.find((label) => !LABEL.test(label) || label === 'le' || label === 'quantile');
    if (wrong !== undefined) throw new InvalidMetricError(name, `"${wrong}" is no usable label name`);
    this.names.add(family);
  }
}
