import { Controller, Get } from '@nestjs/common';
import { type CacheReport, CacheService } from '../cache/index.js';
import { Access } from '../tenancy/index.js';

/** GET /metrics/cache under its older path. */
@Access('metrics-read')
@Controller('api/metrics/cache')
export class CacheReportController {
  constructor(private readonly cache: CacheService) {}

  @Get()
  report(): CacheReport {
    return this.cache.report();
  }
}
