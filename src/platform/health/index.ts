export { DatabaseHealthModule } from './database-health.module.js';
export { NotReadyError } from './errors.js';
export { HealthModule } from './health.module.js';
export {
  type CheckReport,
  type CheckResult,
  Readiness,
  type ReadinessCheck,
  type ReadinessReport,
} from './readiness.js';
