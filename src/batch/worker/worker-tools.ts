import { Injectable } from '@nestjs/common';
import { DomainEvents } from '../../platform/events/index.js';
import { Logger } from '../../platform/logging/index.js';
import { BATCH_PROGRESS, BATCH_STATE } from '../batch-events.js';
import { BatchMetrics } from '../batch-metrics.js';
import type { ChunkOutcome } from '../operations/chunk.js';
import type { BatchJob, JobOptions, JobState, LeasedPartition } from '../queue/batch-job.js';
import { PartitionRepository } from '../queue/partition.repository.js';
import { RetrySchedule } from '../retry/retry-strategies.js';
import { PartitionLease } from './partition-lease.js';
import { WorkerSurroundings } from './worker-surroundings.js';

const FIRST_RETRY_MS = 100;
const LONGEST_RETRY_MS = 10_000;

/** What a runner needs beside the work itself: time, retries, and words about failures. */
@Injectable()
export class WorkerTools {
  constructor(
    private readonly around: WorkerSurroundings,
    private readonly logger: Logger,
    private readonly metrics: BatchMetrics,
    private readonly events: DomainEvents,
    private readonly partitions: PartitionRepository,
  ) {}

  retries({ strategy, maxAttempts, deadlineMs }: JobOptions['retry']): RetrySchedule {
    const options = { strategy, firstMs: FIRST_RETRY_MS, maxMs: LONGEST_RETRY_MS, maxAttempts, deadlineMs };
    return new RetrySchedule(options, this.around.ids, this.around.clock);
  }

  /** @param stopping aborts when the process stops */
  keepLease(leased: LeasedPartition, owner: string, stopping: AbortSignal): PartitionLease {
    const onFailure = (): void => this.metrics.errors.increment({ where: 'lease' });
    return new PartitionLease(leased, owner, stopping, {
      partitions: this.partitions,
      clock: this.around.clock,
      onFailure,
    });
  }

  wait(ms: number, signal: AbortSignal): Promise<void> {
    return this.around.clock.sleep(ms, signal);
  }

  noteFailure({ job, part }: LeasedPartition, error: unknown): void {
    this.metrics.failures.increment({});
    this.logger.warn('A chunk of a batch job failed', { job: job.id, part, err: error });
  }

  noteChunk({ id: jobId, tenantId, operation }: BatchJob, { processed, written }: ChunkOutcome): void {
    this.metrics.chunks.increment({ operation });
    this.metrics.records.increment({ operation }, processed);
    this.events.publish(BATCH_PROGRESS, { tenantId, jobId, processed, written });
  }

  noteState({ id: jobId, tenantId }: BatchJob, state: JobState): void {
    this.events.publish(BATCH_STATE, { tenantId, jobId, state });
  }

  countRetry(): void {
    this.metrics.retries.increment({});
  }

  countPressure(reason: string): void {
    this.metrics.pauses.increment({ reason });
  }
}
