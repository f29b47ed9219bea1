import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { z } from 'zod';
import type { PlanReport } from '../query-insights/index.js';
import { AnswerExamples } from '../platform/http/index.js';
import { Access, Caller, type CallerIdentity } from '../tenancy/index.js';
import { PLAN_EXAMPLES } from './examples/plans.js';
import { PlanOperations } from './plan-operations.js';

const MOST_VALUES = 100;
const LONGEST_VALUE = 10_000;

/** Longer statements are refused by the guard, which says why; this bound is of the body. */
const LONGEST_QUERY = 1_000_000;

const Question = z.strictObject({
  query: z
    .string()
    .min(1)
    .max(LONGEST_QUERY)
    .describe('One SELECT of 20 kB at most; `$1`, `$2` ... stand for values'),
  analyze: z
    .boolean()
    .default(false)
    .describe('Run the statement and measure; needs QUERY_PLAN_ANALYZE_ENABLED'),
  params: z
    .array(
      z.union([
        z
          .string()
          .max(LONGEST_VALUE)
          .regex(/^[^\0\p{Cs}]*$/u, 'must not contain NUL or lone surrogates'),
        z.number(),
        z.boolean(),
        z.null(),
      ]),
    )
    .max(MOST_VALUES)
    .optional()
    .describe('Values of the parameters; without them the plan is the one for any values'),
});

/**
 * How PostgreSQL would do a statement. For operators alone: guesses of rows are drawn from the data of all tenants, so a
 * plan tells about values that its reader may not be allowed to see.
 */
@Access('operator')
@AnswerExamples(PLAN_EXAMPLES)
@Controller('metrics/query-plan')
export class QueryPlanController {
  constructor(private readonly operations: PlanOperations) {}

  @Post()
  @HttpCode(200)
  explain(
    @Body({ schema: Question }) { query, analyze, params }: z.infer<typeof Question>,
    @Caller() operator: CallerIdentity,
  ): Promise<PlanReport> {
    return this.operations.explain(operator, { query, params, isAnalyzed: analyze });
  }
}
