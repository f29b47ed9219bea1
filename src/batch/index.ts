export { BatchModule } from './batch.module.js';
export { BatchJobs } from './jobs/batch-jobs.js';
export { JobLedger, type JobWish } from './jobs/job-ledger.js';
export type { JobCaller, JobRequest } from './jobs/job-request.js';
export type { JobState, JobView } from './queue/batch-job.js';
export { type DeadLetter, DeadLetterRepository } from './queue/dead-letter.repository.js';
export { type BatchOperation, type BatchTarget, OPERATIONS } from './targets/batch-target.js';
export { TargetRegistry } from './targets/target-registry.js';
