import { Injectable } from '@nestjs/common';
import { Clock } from '../../kernel/clock.js';
import { Ids } from '../../kernel/ids.js';
import { Logger } from '../../platform/logging/index.js';
import { BatchMetrics } from '../batch-metrics.js';
import type { ChunkOutcome } from '../operations/chunk.js';
import type { JobOptions, LeasedPartition } from '../queue/batch-job.js';
import { PartitionRepository } from '../queue/partition.repository.js';
import { RetrySchedule } from '../retry/retry-strategies.js';

const FIRST_RETRY_MS = 100;
const LONGEST_RETRY_MS = 10_000;

/** What a runner needs beside the work itself: time, retries, and words about failures. */
@Injectable()
export class WorkerTools {
  constructor(
    private readonly clock: Clock,
    private readonly ids: Ids,
    private readonly logger: Logger,
    private readonly metrics: BatchMetrics,
    private readonly partitions: PartitionRepository,
  ) {}

  retries({ strategy, maxAttempts, deadlineMs }: JobOptions['retry']): RetrySchedule {
    const options = { strategy, firstMs: FIRST_RETRY_MS, maxMs: LONGEST_RETRY_MS, maxAttempts, deadlineMs };
    return new RetrySchedule(options, this.ids, this.clock);
  }

  /** Waits without losing the partition to those who take over from dead workers. */
  async waitHolding(
    { job, part }: LeasedPartition,
    owner: string,
    ms: number,
    signal: AbortSignal,
  ): Promise<void> {
    await this.clock.sleep(ms, signal);
    await this.partitions.prolong(job.id, part, owner).catch(() => undefined);
  }

  noteFailure({ job, part }: LeasedPartition, error: unknown): void {
    this.metrics.failures.increment({});
    this.logger.warn('A chunk of a batch job failed', { job: job.id, part, err: error });
  }

  countChunk(operation: string, { processed }: ChunkOutcome): void {
    this.metrics.chunks.increment({ operation });
    this.metrics.records.increment({ operation }, processed);
  }

  countRetry(): void {
    this.metrics.retries.increment({});
  }

  countPressure(reason: string): void {
    this.metrics.pauses.increment({ reason });
  }
}
