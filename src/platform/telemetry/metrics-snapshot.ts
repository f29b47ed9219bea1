import type { Histogram } from '../../kernel/histogram.js';
import type { Labels } from './labelled-series.js';
import type { MetricFamily, NumberSample } from './metric.js';
import type { MetricRegistry } from './metric-registry.js';

/** A counter or gauge with its series. */
export interface NumberMetricSnapshot extends MetricFamily {
  readonly series: readonly NumberSample[];
}

/** Figures of one distribution, in the unit of the metric's name; nulls while nothing was recorded. */
export interface DistributionSeries {
  readonly labels: Labels;
  readonly count: number;
  readonly sum: number;
  readonly min: number | null;
  readonly max: number | null;
  readonly p50: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
}

/** A distribution with its series. */
export interface DistributionSnapshot extends MetricFamily {
  readonly series: readonly DistributionSeries[];
}

/** Every metric of this process at one moment, since the process started. */
export interface MetricsSnapshot {
  readonly counters: readonly NumberMetricSnapshot[];
  readonly gauges: readonly NumberMetricSnapshot[];
  readonly histograms: readonly DistributionSnapshot[];
}

/** Reads all metrics at once. */
export function snapshotMetrics(registry: MetricRegistry): MetricsSnapshot {
  return {
    counters: registry.counters().map((counter) => ({ ...pick(counter), series: counter.samples() })),
    gauges: registry.gauges().map((gauge) => ({ ...pick(gauge), series: gauge.samples() })),
    histograms: registry.distributions().map((distribution) => ({
      ...pick(distribution),
      series: distribution.samples().map(({ labels, value }) => ({ labels, ...figuresOf(value) })),
    })),
  };
}

function pick({ name, help }: MetricFamily): MetricFamily {
  return { name, help };
}

function figuresOf(histogram: Histogram): Omit<DistributionSeries, 'labels'> {
  const [p50 = null, p95 = null, p99 = null] = histogram.quantiles([0.5, 0.95, 0.99]);
  const { count, sum, min, max } = histogram;
  return { count, sum, min, max, p50, p95, p99 };
}
