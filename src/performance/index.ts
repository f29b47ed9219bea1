export type {
  ComponentReport,
  Finding,
  HealthRecommendation,
  HealthReport,
  IndicatorReport,
  Verdict,
} from './health/health-report.js';
export type { HistoryReport, HistorySeries, IndicatorTrend } from './history/history.js';
export type { InstancePast } from './history/history.repository.js';
export type { InstallationSummary } from './history/installation.js';
export { LONGEST_MINUTES } from './history/resolutions.js';
export { PerformanceModule } from './performance.module.js';
export { PerformanceService, type PerformanceSummary } from './performance.service.js';
export type { Sample } from './sampling/sample.js';
