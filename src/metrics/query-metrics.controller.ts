import { Body, Controller, Get, HttpCode, Inject, Post, Query } from '@nestjs/common';
import { z } from 'zod';
import { QUERY_INSIGHTS_CONFIG, type QueryInsightsConfig } from '../config/index.js';
import {
  type DatabaseActivityReport,
  type DatabaseLocksReport,
  QueryStatistics,
  type QueryStatisticsReport,
  type RegressionsReport,
  RESET_SCOPES,
  type ResetReceipt,
  type SlowQueriesReport,
  STATEMENT_ORDERS,
} from '../query-insights/index.js';
import { AnswerExamples } from '../platform/http/index.js';
import { Access, Caller, CallerIfKnown, type CallerIdentity } from '../tenancy/index.js';
import { QUERY_EXAMPLES } from './examples/queries.js';
import { QueryOperations } from './query-operations.js';

const limit = z
  .string()
  .regex(/^\d{1,3}$/, 'must be a whole number from 1 to 200')
  .transform(Number)
  .pipe(z.number().min(1).max(200))
  .default(50);

const Statistics = z.strictObject({ sort: z.enum(STATEMENT_ORDERS).default('totalMs'), limit });

const Slow = z.strictObject({
  threshold: z
    .string()
    .regex(/^\d{1,9}(\.\d{1,6})?$/, 'must be a number of milliseconds')
    .transform(Number)
    .optional(),
  limit,
});

/** A request without a body forgets everything. */
const Reset = z.strictObject({ scope: z.enum(RESET_SCOPES).default('all') }).prefault({});

/** What statements cost. Their texts have no values; what belongs to one request is for operators alone. */
@Access('metrics-read')
@AnswerExamples(QUERY_EXAMPLES)
@Controller('metrics')
export class QueryMetricsController {
  constructor(
    private readonly statistics: QueryStatistics,
    private readonly operations: QueryOperations,
    @Inject(QUERY_INSIGHTS_CONFIG) private readonly config: QueryInsightsConfig,
  ) {}

  @Get('query-stats')
  report(
    @Query({ schema: Statistics }) { sort, limit: most }: z.infer<typeof Statistics>,
    @CallerIfKnown() caller: CallerIdentity | undefined,
  ): Promise<QueryStatisticsReport> {
    return this.statistics.report(sort, most, sightOf(caller));
  }

  @Get('query-stats/regressions')
  regressions(): RegressionsReport {
    return this.statistics.regressions();
  }

  @Access('operator')
  @Post('stats/reset')
  @HttpCode(200)
  reset(
    @Body({ schema: Reset }) { scope }: z.infer<typeof Reset>,
    @Caller() operator: CallerIdentity,
  ): Promise<ResetReceipt> {
    return this.operations.reset(operator, scope);
  }

  /** Sessions that wait for locks of the database, below those they wait for. */
  @Get('database-locks')
  locks(@CallerIfKnown() caller: CallerIdentity | undefined): Promise<DatabaseLocksReport> {
    return this.statistics.locks(sightOf(caller));
  }

  @Get('database-activity')
  activity(@CallerIfKnown() caller: CallerIdentity | undefined): DatabaseActivityReport {
    return this.statistics.activity(sightOf(caller));
  }

  /** The threshold is that of the slow log, unless another one is asked for. */
  @Get('slow-queries')
  async slow(
    @Query({ schema: Slow }) { threshold = this.config.slowMs, limit: most }: z.infer<typeof Slow>,
    @CallerIfKnown() caller: CallerIdentity | undefined,
  ): Promise<SlowQueriesReport> {
    const report = await this.statistics.slow(threshold, most);
    if (caller?.isOperator === true) return report;
    const samples = report.samples.map((sample) => ({ ...sample, parameters: [], requestId: null }));
    return { ...report, samples };
  }
}

/** The server shows what other clients wrote, and who they are. */
function sightOf(caller: CallerIdentity | undefined): { seesOthers: boolean } {
  return { seesOthers: caller?.isOperator === true };
}
