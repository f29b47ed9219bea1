export { DatabaseHealthModule } from './database-health.module.js';
export { NotReadyError } from './errors.js';
export {
  type HealthIndicator,
  HealthIndicators,
  type Knots,
  type Reading,
  shareReading,
} from './health-indicators.js';
export { HealthModule } from './health.module.js';
export {
  type CheckReport,
  type CheckResult,
  Readiness,
  type ReadinessCheck,
  type ReadinessReport,
} from './readiness.js';
