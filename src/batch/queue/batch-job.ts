import type { BatchOperation } from '../targets/batch-target.js';

/** receiving: its upload is not complete. */
export type JobState = 'receiving' | 'queued' | 'running' | 'paused' | 'succeeded' | 'failed' | 'cancelled';

/** What a job is to do, beyond operation and target; as checked against the target. */
export interface JobOptions {
  /** Fields of an upload, in the order of its staged columns. */
  readonly fields?: readonly string[];
  readonly filter?: Readonly<Record<string, unknown>>;
  readonly set?: Readonly<Record<string, unknown>>;
  readonly transform?: string;
  readonly olderThanDays?: number;
  /** More bad records than this end the job; default 1,000. */
  readonly maxBad: number;
  readonly retry: {
    readonly strategy: 'fixed' | 'linear' | 'exponential' | 'fibonacci' | 'decorrelated';
    readonly maxAttempts: number;
    readonly deadlineMs: number;
  };
}

/** A job as it is stored. */
export interface BatchJob {
  readonly id: string;
  readonly tenantId: string;
  readonly operation: BatchOperation;
  readonly target: string;
  readonly options: JobOptions;
  readonly priority: number;
  readonly state: JobState;
  readonly createdBy: string;
  readonly total: number | null;
  readonly failure: { readonly code: string; readonly message: string } | null;
  readonly createdAt: Date;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
}

/** How far a job is: the sums of its partitions. */
export interface JobProgress {
  readonly processed: number;
  readonly written: number;
  readonly bad: number;
  readonly chunks: number;
  /** Partitions that a worker has now. */
  readonly workers: number;
  readonly chunkMs: { readonly p50: number | null; readonly p95: number | null; readonly p99: number | null };
}

/** A job with its progress. */
export type JobView = BatchJob & JobProgress;

/** A partition that a worker has leased. */
export interface LeasedPartition {
  readonly job: BatchJob;
  readonly part: number;
  readonly cursor: string;
  readonly upperBound: string;
  readonly attempts: number;
}

/** What a chunk adds. */
export interface ChunkCounts {
  readonly processed: number;
  readonly written: number;
  readonly bad: number;
  readonly ms: number;
}
