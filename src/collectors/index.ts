export { ANOMALY_THRESHOLD } from './anomalies/series-model.js';
export {
  type Anomaly,
  type Band,
  JudgedTimeseries,
  MEASURES,
  type Measure,
} from './anomalies/judged-timeseries.js';
export { CollectorsModule } from './collectors.module.js';
export { CollectorEvent } from './ingest/event.js';
export { type EventBatch, EventIngest } from './ingest/event-ingest.js';
export { type EventLines, EventStream } from './ingest/event-stream.js';
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
