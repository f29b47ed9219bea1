import { Controller, Get, Query } from '@nestjs/common';
import { z } from 'zod';
import { IndexAdvisor, type IndexReport } from '../query-insights/index.js';
import { AnswerExamples } from '../platform/http/index.js';
import { Access, CallerIfKnown, type CallerIdentity } from '../tenancy/index.js';
import { INDEX_EXAMPLES } from './examples/indexes.js';

const Asked = z.strictObject({
  statements: z
    .string()
    .regex(/^\d{1,3}$/, 'must be a whole number from 1 to 100')
    .transform(Number)
    .pipe(z.number().min(1).max(100))
    .default(30),
});

/** Indexes that are missing, and those that only cost. Texts of statements are for operators: others wrote them. */
@Access('metrics-read')
@AnswerExamples(INDEX_EXAMPLES)
@Controller('metrics/index-suggestions')
export class IndexSuggestionsController {
  constructor(private readonly advisor: IndexAdvisor) {}

  @Get()
  async report(
    @Query({ schema: Asked }) { statements }: z.infer<typeof Asked>,
    @CallerIfKnown() caller: CallerIdentity | undefined,
  ): Promise<IndexReport> {
    const report = await this.advisor.report(statements);
    if (caller?.isOperator === true) return report;
    const suggestions = report.suggestions.map((suggestion) => ({ ...suggestion, queriesHelped: [] }));
    return { ...report, suggestions, notExplained: [], rewrites: [] };
  }
}
