import { Inject, Injectable } from '@nestjs/common';
import { QUERY_PLAN_CONFIG, type QueryPlanConfig } from '../../config/index.js';
import { Clock } from '../../kernel/clock.js';
import { QueryPlanAnalyzeOffError, QueryPlanBusyError, QueryPlanRateLimitedError } from '../errors.js';
import type { Finding } from './findings/finding.js';
import { findInPlan } from './findings/find-in-plan.js';
import type { PlanRequest } from './plan-request.js';
import { PlanRunner } from './plan-runner.js';
import type { PlanNode } from './plan-tree.js';

/** A plan, with what stands out in it. */
export interface PlanReport {
  /** `analyze`: the statement was run, and its figures are measured. */
  readonly source: 'explain' | 'analyze';
  readonly plan: PlanNode;
  /** Worst first; empty when nothing stands out. */
  readonly findings: readonly Finding[];
  /** Made without the values of the parameters: for any values. */
  readonly isGeneric: boolean;
  /** The statement with the casts that its parameters needed; null when it was planned as it came. */
  readonly plannedAs: string | null;
  /** The role whose rights and row-level security the plan shows. */
  readonly role: string;
  /** The server itself told what it would run before it was let; else names and catalogs were checked. */
  readonly isConfirmed: boolean;
  /** Settings that are not the server's defaults, as they count for plans. */
  readonly settings: Readonly<Record<string, string>>;
  /** What the checks before planning took. */
  readonly decisionMs: number;
  /** Null without ANALYZE. */
  readonly planningMs: number | null;
  readonly executionMs: number | null;
}

const MINUTE_MS = 60_000;
const PLANS_PER_MINUTE = 600;
const RUNS_PER_MINUTE = 120;

/** Plans of statements, explained; statements are run where the configuration allows it, one at a time. */
@Injectable()
export class QueryPlans {
  private readonly plans: number[] = [];
  private readonly runs: number[] = [];
  private isRunning = false;

  constructor(
    private readonly runner: PlanRunner,
    @Inject(QUERY_PLAN_CONFIG) private readonly config: QueryPlanConfig,
    private readonly clock: Clock,
  ) {}

  /** @throws QueryPlanAnalyzeOffError QUERY_PLAN_ANALYZE_OFF */
  assertMayAnalyze(): void {
    if (!this.config.isAnalyzeEnabled) throw new QueryPlanAnalyzeOffError();
  }

  /**
   * @throws SqlSyntaxError, QueryPlanRefusedError, QueryPlanFailedError, QueryNotExplainableError, QueryPlanTimeoutError,
   * QueryPlanBusyError, QueryPlanRateLimitedError, QueryPlanAnalyzeOffError, DatabaseUnavailableError
   */
  async explain(request: PlanRequest): Promise<PlanReport> {
    this.count(this.plans, PLANS_PER_MINUTE);
    return request.isAnalyzed ? this.analyze(request) : this.report(request);
  }

  private async analyze(request: PlanRequest): Promise<PlanReport> {
    this.assertMayAnalyze();
    this.count(this.runs, RUNS_PER_MINUTE);
    if (this.isRunning) throw new QueryPlanBusyError(1);
    this.isRunning = true;
    try {
      return await this.report(request);
    } finally {
      this.isRunning = false;
    }
  }

  private async report(request: PlanRequest): Promise<PlanReport> {
    const { json, tree, sizes, workMemBytes, decisionMs, ...told } = await this.runner.run(request);
    return {
      source: request.isAnalyzed ? 'analyze' : 'explain',
      plan: tree,
      findings: findInPlan(tree, { sizes, workMemBytes }),
      ...told,
      settings: (json['Settings'] ?? {}) as Readonly<Record<string, string>>,
      decisionMs,
      planningMs: (json['Planning Time'] as number | undefined) ?? null,
      executionMs: (json['Execution Time'] as number | undefined) ?? null,
    };
  }

  private count(times: number[], perMinute: number): void {
    const now = this.clock.monotonic();
    while (times[0] !== undefined && now - times[0] > MINUTE_MS) times.shift();
    if (times.length >= perMinute) {
      throw new QueryPlanRateLimitedError(perMinute, Math.ceil(MINUTE_MS - (now - (times[0] ?? now))));
    }
    times.push(now);
  }
}
