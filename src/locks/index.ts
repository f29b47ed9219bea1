export {
  LockAbortedError,
  LockBusyError,
  LockDeadlockError,
  LockFencedError,
  type LockHolder,
  LockLostError,
  LockQuorumError,
  LockTimeoutError,
} from './errors.js';
export { type Fence, Fences } from './fencing/fences.js';
export type { Lock } from './lock.js';
export type { LockOptions } from './lock-options.js';
export { type AcquiredLock, type HeldRow, type LockReport, LockService } from './lock.service.js';
export { LocksModule } from './locks.module.js';
export type { ContentionRow } from './monitoring/lock-statistics.js';
