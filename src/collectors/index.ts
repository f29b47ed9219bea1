export { ANOMALY_THRESHOLD, type Judgement, type Side, WARM_UP_POINTS } from './anomalies/series-model.js';
export {
  type Anomaly,
  type Band,
  JudgedTimeseries,
  MEASURES,
  type Measure,
} from './anomalies/judged-timeseries.js';
export { MeasurementReplay, type ReplayedSeries } from './anomalies/measurement-replay.js';
export { StepHistory, type StepMeasure, type StepRequest, type StepValue } from './anomalies/step-history.js';
export { type JudgedStep, modelBegin, WatchedSeries } from './anomalies/watched-series.js';
export { CollectorsModule } from './collectors.module.js';
export { CollectorEvent } from './ingest/event.js';
export { type EventBatch, EventIngest } from './ingest/event-ingest.js';
export { type EventLines, EventStream } from './ingest/event-stream.js';
export { EVENTS_STORED, type EventsStored } from './ingest/events-stored.js';
export { Instant, SeriesName } from './ingest/fields.js';
export type { IngestReport } from './ingest/idempotent-requests.js';
export { SchedulerRun } from './scheduler/scheduler-run.js';
export { type SchedulerRunBatch, SchedulerRuns } from './scheduler/scheduler-runs.js';
export { type Granularity, GRANULARITIES } from './statistics/granularity.js';
export {
  type Answer,
  type SeriesStatistics,
  Statistics,
  type StatisticsRequest,
  type TimeseriesPoint,
} from './statistics/statistics.js';
export { StatisticsGate } from './statistics/statistics-gate.js';
export { ROLLING_WINDOWS, type WindowRequest } from './statistics/window.js';
export { type EventShare, EventShares, type ShareRequest } from './windows/event-shares.js';
export type { Measurement, MeasurementRequest } from './windows/measurement.js';
export { MeasurementWindows, MOST_SERIES } from './windows/measurement-windows.js';
