export { BATCH_PROGRESS, BATCH_STATE, type BatchProgress, type BatchStateChange } from './batch-events.js';
export { BatchModule } from './batch.module.js';
export { BatchJobs } from './jobs/batch-jobs.js';
export { JobLedger, type JobWish } from './jobs/job-ledger.js';
export type { JobCaller, JobRequest } from './jobs/job-request.js';
export type { JobState, JobView } from './queue/batch-job.js';
export { DeadLetters } from './jobs/dead-letters.js';
export { BatchAudit, type AuditVerdict } from './audit/batch-audit.js';
export {
  type BatchColumn,
  type BatchImporter,
  type BatchOperation,
  type BatchTarget,
  OPERATIONS,
  type RecordValues,
} from './targets/batch-target.js';
export { TargetRegistry } from './targets/target-registry.js';
