export type {
  ComponentReport,
  Finding,
  HealthRecommendation,
  HealthReport,
  IndicatorReport,
  Verdict,
} from './health/health-report.js';
export { PerformanceModule } from './performance.module.js';
export { PerformanceService } from './performance.service.js';
