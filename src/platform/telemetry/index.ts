export { InvalidMetricError } from './errors.js';
export { type Labels, type LabelledSeries, OVERFLOW_LABEL } from './labelled-series.js';
export type { Counter, Distribution, Gauge, MetricOptions, NumberSample } from './metric.js';
export { MetricRegistry } from './metric-registry.js';
export {
  type DistributionSeries,
  type DistributionSnapshot,
  type MetricsSnapshot,
  type NumberMetricSnapshot,
  snapshotMetrics,
} from './metrics-snapshot.js';
export { ProcessVitals } from './process-vitals.js';
export { EXPOSITION_CONTENT_TYPE, type ExpositionFormat, renderPrometheus } from './prometheus-text.js';
export { TelemetryModule } from './telemetry.module.js';
