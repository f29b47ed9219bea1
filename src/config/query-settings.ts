import type { Environment } from './environment.js';
import type { Secret } from './secret.js';

/** What is measured of statements, and how often the server is asked. */
export interface QueryInsightsConfig {
  /** Statements that take as long are in the slow log. */
  readonly slowMs: number;
  /** Off: nothing is asked of the server; statements of this process are still timed. */
  readonly isMonitoringEnabled: boolean;
  readonly statementsIntervalMs: number;
  /** Baselines grow, and are compared, by this step. */
  readonly baselineWindowMs: number;
  readonly baselineRetentionDays: number;
}

/** Plans of statements that operators send. */
export interface QueryPlanConfig {
  /** Statements may be run, and not planned alone. */
  readonly isAnalyzeEnabled: boolean;
  /** The database as a role that may only read; the one of `database` without. */
  readonly databaseUrl?: Secret;
}

export function groupQueryInsights(env: Environment): QueryInsightsConfig {
  return {
    slowMs: env.QUERY_SLOW_MS,
    isMonitoringEnabled: env.QUERY_MONITORS_ENABLED,
    statementsIntervalMs: env.QUERY_STATEMENTS_INTERVAL_MS,
    baselineWindowMs: env.QUERY_BASELINE_WINDOW_MS,
    baselineRetentionDays: env.QUERY_BASELINE_RETENTION_DAYS,
  };
}

export function groupQueryPlan(env: Environment): QueryPlanConfig {
  return {
    isAnalyzeEnabled: env.QUERY_PLAN_ANALYZE_ENABLED,
    ...(env.QUERY_PLAN_DATABASE_URL && { databaseUrl: env.QUERY_PLAN_DATABASE_URL }),
  };
}
