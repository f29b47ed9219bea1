import { Controller, Get } from '@nestjs/common';
import { PerformanceService, type PerformanceSummary } from '../performance/index.js';
import { AnswerExamples } from '../platform/http/index.js';
import { Access } from '../tenancy/index.js';

/** GET /metrics/summary under its older path. */
@Access('metrics-read')
@AnswerExamples({ summary: { sameAs: 'PerformanceController_summary' } })
@Controller('api/performance')
export class PerformanceSummaryController {
  constructor(private readonly performance: PerformanceService) {}

  @Get()
  summary(): PerformanceSummary {
    return this.performance.summary();
  }
}
