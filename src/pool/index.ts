export type { Leak, LeakBlocker, LeakOutcome, LeakVerdict } from './leaks/leak.js';
export type { HealthReport } from './monitoring/pool-health.js';
export type { Spread } from './monitoring/pool-statistics.js';
export { PoolModule } from './pool.module.js';
export type { PoolReport, PoolUsage } from './pool-report.js';
export { PoolService } from './pool.service.js';
export type { ReplicaReport, ReplicaState } from './replicas/replica-set.js';
export type { LongRunningHolder, LongRunningRow } from './server/long-running.js';
