import { Injectable } from '@nestjs/common';
import { Clock, type Timer } from '../../kernel/clock.js';
import { Ids } from '../../kernel/ids.js';
import { Logger } from '../../platform/logging/index.js';
import { BatchMetrics } from '../batch-metrics.js';
import type { ChunkOutcome } from '../operations/chunk.js';
import type { JobOptions, LeasedPartition } from '../queue/batch-job.js';
import { LEASE_MS, PartitionRepository } from '../queue/partition.repository.js';
import { RetrySchedule } from '../retry/retry-strategies.js';

const FIRST_RETRY_MS = 100;
const LONGEST_RETRY_MS = 10_000;
const PROLONGED_PER_LEASE = 4;

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

  /** Until it is called back: however long a chunk or a pause takes, the partition stays with this worker. */
  keepLease({ job, part }: LeasedPartition, owner: string): () => void {
    let timer: Timer | undefined;
    const prolongSoon = (): void => {
      timer = this.clock.after(LEASE_MS / PROLONGED_PER_LEASE, () => {
        // A failure shows at the next checkpoint, if it lasts.
        this.partitions.prolong(job.id, part, owner).catch(() => undefined);
        prolongSoon();
      });
    };
    prolongSoon();
    return () => timer?.cancel();
  }

  wait(ms: number, signal: AbortSignal): Promise<void> {
    return this.clock.sleep(ms, signal);
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
