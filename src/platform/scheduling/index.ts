export type { BackgroundJob, JobStatus } from './background-job.js';
export { BackgroundJobs } from './background-jobs.js';
export { DuplicateJobError, UnknownJobError } from './errors.js';
export { Peers } from './peers.js';
export { SchedulingModule } from './scheduling.module.js';
