import { Module } from '@nestjs/common';
import { CollectorsMetrics } from './collectors-metrics.js';
import { JudgedTimeseries } from './anomalies/judged-timeseries.js';
import { MeasurementReplay } from './anomalies/measurement-replay.js';
import { StepHistory } from './anomalies/step-history.js';
import { StepRepository } from './anomalies/step.repository.js';
import { AcceptedTimes } from './ingest/accepted-times.js';
import { CachedAnswers } from './ingest/cached-answers.js';
import { EventIngest } from './ingest/event-ingest.js';
import { EventRepository } from './ingest/event.repository.js';
import { EventTarget } from './ingest/event-target.js';
import { EventStream } from './ingest/event-stream.js';
import { EventWriter } from './ingest/event-writer.js';
import { IdempotentRequests } from './ingest/idempotent-requests.js';
import { IngestEffects } from './ingest/ingest-effects.js';
import { IngestRequestRepository } from './ingest/ingest-request.repository.js';
import { SeriesRegistry } from './ingest/series-registry.js';
import { SeriesRepository } from './ingest/series.repository.js';
import { CollectorJobs } from './rollups/collector-jobs.js';
import { PartitionRepository } from './rollups/partition.repository.js';
import { Partitions } from './rollups/partitions.js';
import { RawHorizon } from './rollups/raw-horizon.js';
import { Retention } from './rollups/retention.js';
import { RetentionRepository } from './rollups/retention.repository.js';
import { RollupRefresher } from './rollups/rollup-refresher.js';
import { RollupRepository } from './rollups/rollup.repository.js';
import { SchedulerRunRepository } from './scheduler/scheduler-run.repository.js';
import { SchedulerTarget } from './scheduler/scheduler-target.js';
import { SchedulerRuns } from './scheduler/scheduler-runs.js';
import { Statistics } from './statistics/statistics.js';
import { StatisticsGate } from './statistics/statistics-gate.js';
import { StatisticsRepository } from './statistics/statistics.repository.js';
import { EventShares } from './windows/event-shares.js';
import { MeasurementWindows } from './windows/measurement-windows.js';
import { SeriesMatches } from './windows/series-matches.js';
import { ShareRepository } from './windows/share.repository.js';
import { WindowRepository } from './windows/window.repository.js';

/** Collector metrics: ingest, rollups, statistics. Needs the global platform modules. */
@Module({
  providers: [
    AcceptedTimes,
    CachedAnswers,
    CollectorsMetrics,
    EventIngest,
    EventRepository,
    EventShares,
    EventStream,
    EventTarget,
    EventWriter,
    IdempotentRequests,
    IngestEffects,
    IngestRequestRepository,
    JudgedTimeseries,
    MeasurementReplay,
    MeasurementWindows,
    SeriesMatches,
    SeriesRegistry,
    SeriesRepository,
    ShareRepository,
    CollectorJobs,
    PartitionRepository,
    Partitions,
    RawHorizon,
    Retention,
    RetentionRepository,
    RollupRefresher,
    RollupRepository,
    SchedulerRunRepository,
    SchedulerRuns,
    SchedulerTarget,
    Statistics,
    StatisticsGate,
    StatisticsRepository,
    StepHistory,
    StepRepository,
    WindowRepository,
  ],
  exports: [
    EventIngest,
    EventShares,
    EventStream,
    JudgedTimeseries,
    MeasurementReplay,
    MeasurementWindows,
    SchedulerRuns,
    Statistics,
    StatisticsGate,
    StepHistory,
  ],
})
export class CollectorsModule {}
