import { Controller, Get, HttpStatus, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { type HealthReport, PerformanceService } from '../performance/index.js';
import { AnswerExamples } from '../platform/http/index.js';
import { Access } from '../tenancy/index.js';
import { HEALTH_EXAMPLES } from './examples/health.js';
import { toHealthJson } from './health-json.js';

const HEALTH_JSON = 'application/health+json';

/** How this instance is doing, with reasons. */
@Access('metrics-read')
@AnswerExamples(HEALTH_EXAMPLES)
@Controller('metrics/health')
export class HealthController {
  constructor(private readonly performance: PerformanceService) {}

  @Get()
  health(@Req() request: Request, @Res({ passthrough: true }) response: Response): HealthReport | string {
    response.vary('Accept');
    const report = this.performance.health();
    if (request.accepts(['application/json', HEALTH_JSON]) !== HEALTH_JSON) return report;
    const answer = toHealthJson(report);
    response.setHeader('Content-Type', HEALTH_JSON);
    response.status(answer.status === 'fail' ? HttpStatus.SERVICE_UNAVAILABLE : HttpStatus.OK);
    return JSON.stringify(answer);
  }
}
