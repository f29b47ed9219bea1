import { Controller, Get, Query, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { z } from 'zod';
import { Clock } from '../kernel/clock.js';
import { BackgroundJobs, type JobStatus } from '../platform/scheduling/index.js';
import {
  EXPOSITION_CONTENT_TYPE,
  MetricRegistry,
  type MetricsSnapshot,
  renderPrometheus,
  snapshotMetrics,
} from '../platform/telemetry/index.js';
import { AnswerExamples } from '../platform/http/index.js';
import { Access } from '../tenancy/index.js';
import { PROCESS_EXAMPLES } from './examples/process.js';
import { formatFor } from './exposition-choice.js';

const FORMATS = { json: 'json', prometheus: 'text', openmetrics: 'openmetrics' } as const;

const Asked = z.strictObject({ format: z.enum(['json', 'prometheus', 'openmetrics']).optional() });

/** What GET /metrics shows as JSON. */
interface ProcessReport extends MetricsSnapshot {
  readonly time: Date;
  readonly jobs: readonly JobStatus[];
}

/** The state of this process: for people as JSON, for Prometheus as text. */
@Access('metrics-read')
@AnswerExamples(PROCESS_EXAMPLES)
@Controller('metrics')
export class ProcessMetricsController {
  constructor(
    private readonly registry: MetricRegistry,
    private readonly jobs: BackgroundJobs,
    private readonly clock: Clock,
  ) {}

  @Access('open')
  @Get('ping')
  ping(): { status: 'ok'; time: Date } {
    return { status: 'ok', time: this.clock.now() };
  }

  @Get()
  metrics(
    @Query({ schema: Asked }) { format }: z.infer<typeof Asked>,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): ProcessReport | string {
    const answer = format === undefined ? formatFor(request.get('accept')) : FORMATS[format];
    response.vary('Accept');
    if (answer === 'json') {
      return { time: this.clock.now(), jobs: this.jobs.statuses(), ...snapshotMetrics(this.registry) };
    }
    response.setHeader('Content-Type', EXPOSITION_CONTENT_TYPE[answer]);
    return renderPrometheus(this.registry, answer);
  }
}
