export { IndexAdvisor, type IndexReport } from './advice/index-advisor.js';
export type { IndexFinding } from './advice/core/rules.js';
export type { IndexSuggestion } from './advice/core/suggestion.js';
export { RecordedWorkload } from './advice/recorded-workload.js';
export {
  AdviceUsageError,
  QueryNotExplainableError,
  QueryPlanAnalyzeOffError,
  QueryPlanBusyError,
  QueryPlanFailedError,
  QueryPlanLockedError,
  QueryPlanRateLimitedError,
  QueryPlanRefusedError,
  QueryPlanTimeoutError,
  SqlSyntaxError,
} from './errors.js';
export type { Finding } from './plans/findings/finding.js';
export type { ParameterValue, PlanRequest } from './plans/plan-request.js';
export type { PlanNode } from './plans/plan-tree.js';
export { type PlanReport, QueryPlans } from './plans/query-plans.js';
export { QueryInsightsModule } from './query-insights.module.js';
export { SqlParser } from './sql/parser.js';
export {
  type FiguresView,
  STATEMENT_ORDERS,
  type StatementOrder,
  type StatementView,
} from './profile/statement-view.js';
export type { Regression } from './baselines/regression.js';
export type { DatabaseActivityReport } from './monitors/server-report.js';
export {
  type DatabaseLocksReport,
  QueryStatistics,
  type QueryStatisticsReport,
  type RegressionsReport,
  RESET_SCOPES,
  type ResetReceipt,
  type ResetScope,
  type SlowQueriesReport,
  type SlowQuery,
} from './query-statistics.js';
export type { InsightSource } from './source.js';
