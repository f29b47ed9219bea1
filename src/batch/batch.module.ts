import { Global, Module } from '@nestjs/common';
import { EventsModule } from '../platform/events/index.js';
import { HealthModule } from '../platform/health/index.js';
import { BatchAudit } from './audit/batch-audit.js';
import { BatchAuditRepository } from './audit/batch-audit.repository.js';
import { BatchMetrics } from './batch-metrics.js';
import { BackPressure } from './control/back-pressure.js';
import { PressureRepository } from './control/pressure.repository.js';
import { DeadLetters } from './jobs/dead-letters.js';
import { BatchJobs } from './jobs/batch-jobs.js';
import { JobPruning } from './jobs/job-pruning.js';
import { JobLedger } from './jobs/job-ledger.js';
import { UploadReceiver } from './jobs/upload.js';
import { ChunkSources } from './operations/chunk-sources.js';
import { RowImports } from './operations/row-imports.js';
import { TableRepository } from './operations/table.repository.js';
import { BatchHealth } from './monitoring/batch-health.js';
import { BatchStateRepository } from './monitoring/batch-state.repository.js';
import { DeadLetterRepository } from './queue/dead-letter.repository.js';
import { InputRepository } from './queue/input.repository.js';
import { JobQueue } from './queue/job-queue.js';
import { JobRepository } from './queue/job.repository.js';
import { PartitionRepository } from './queue/partition.repository.js';
import { TargetRegistry } from './targets/target-registry.js';
import { BatchWorker } from './worker/batch-worker.js';
import { ChunkWriter } from './worker/chunk-writer.js';
import { JobEnd } from './worker/job-end.js';
import { PartitionRunner } from './worker/partition-runner.js';
import { WorkerSurroundings } from './worker/worker-surroundings.js';
import { WorkerTools } from './worker/worker-tools.js';

/** Batch jobs, everywhere. Needs the global platform modules: config, runtime, logging, telemetry, database. */
@Global()
@Module({
  imports: [EventsModule, HealthModule],
  providers: [
    BatchAudit,
    BatchAuditRepository,
    BatchHealth,
    BatchJobs,
    BatchMetrics,
    BatchStateRepository,
    BatchWorker,
    ChunkSources,
    ChunkWriter,
    DeadLetterRepository,
    DeadLetters,
    InputRepository,
    JobEnd,
    JobLedger,
    JobPruning,
    JobQueue,
    JobRepository,
    PartitionRepository,
    PartitionRunner,
    PressureRepository,
    RowImports,
    TableRepository,
    TargetRegistry,
    UploadReceiver,
    WorkerSurroundings,
    WorkerTools,
    BackPressure,
  ],
  exports: [BatchAudit, BatchJobs, DeadLetters, JobLedger, TargetRegistry],
})
export class BatchModule {}
