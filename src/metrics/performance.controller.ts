import { Controller, Get, Query } from '@nestjs/common';
import { z } from 'zod';
import {
  type HistoryReport,
  LONGEST_MINUTES,
  PerformanceService,
  type PerformanceSummary,
} from '../performance/index.js';
import { AnswerExamples } from '../platform/http/index.js';
import { Access } from '../tenancy/index.js';
import { PERFORMANCE_EXAMPLES } from './examples/performance.js';

const minutes = (longest: number) =>
  z
    .string()
    .regex(/^\d{1,6}$/, `must be a whole number of minutes from 1 to ${longest}`)
    .transform(Number)
    .pipe(z.number().min(1).max(longest));

const HistoryQuery = z.strictObject({
  duration: minutes(LONGEST_MINUTES).default(60),
  step: minutes(1_440).optional(),
  instance: z
    .string()
    .regex(/^[\x21-\x7e]{1,100}$/, 'must be the id of an instance')
    .optional(),
});

/** How the installation is doing in short, and how it did. */
@Access('metrics-read')
@AnswerExamples(PERFORMANCE_EXAMPLES)
@Controller('metrics')
export class PerformanceController {
  constructor(private readonly performance: PerformanceService) {}

  @Get('summary')
  summary(): PerformanceSummary {
    return this.performance.summary();
  }

  @Get('history')
  history(
    @Query({ schema: HistoryQuery }) { duration, step, instance }: z.infer<typeof HistoryQuery>,
  ): Promise<HistoryReport> {
    return this.performance.history({
      durationMinutes: duration,
      ...(step !== undefined && { stepMinutes: step }),
      ...(instance !== undefined && { instanceId: instance }),
    });
  }
}
