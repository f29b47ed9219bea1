import { Controller, Get } from '@nestjs/common';
import { type CacheReport, CacheService } from '../cache/index.js';
import { AnswerExamples } from '../platform/http/index.js';
import { Access } from '../tenancy/index.js';

/** GET /metrics/cache under its older path. */
@Access('metrics-read')
@AnswerExamples({ report: { sameAs: 'CacheMetricsController_report' } })
@Controller('api/metrics/cache')
export class CacheReportController {
  constructor(private readonly cache: CacheService) {}

  @Get()
  report(): CacheReport {
    return this.cache.report();
  }
}
