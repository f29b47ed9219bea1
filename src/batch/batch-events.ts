import { EventType } from '../platform/events/index.js';
import type { JobState } from './queue/batch-job.js';

/** A chunk of a job is written. */
export interface BatchProgress {
  readonly tenantId: string;
  readonly jobId: string;
  /** Records of this chunk. */
  readonly processed: number;
  readonly written: number;
}

/** A job is in another state. */
export interface BatchStateChange {
  readonly tenantId: string;
  readonly jobId: string;
  readonly state: JobState;
}

/** For whoever shows progress: published on the instance whose worker wrote the chunk. */
export const BATCH_PROGRESS = new EventType<BatchProgress>('batch.progress');
/** Published on the instance that changed it. */
export const BATCH_STATE = new EventType<BatchStateChange>('batch.state');
