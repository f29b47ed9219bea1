import { Controller, Get, Query, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { z } from 'zod';
import { Clock } from '../kernel/clock.js';
import { BackgroundJobs, type JobStatus } from '../platform/scheduling/index.js';
import {
  EXPOSITION_CONTENT_TYPE,
  type ExpositionFormat,
  MetricRegistry,
  type MetricsSnapshot,
  renderPrometheus,
  snapshotMetrics,
} from '../platform/telemetry/index.js';
import { Access } from '../tenancy/index.js';

const Format = z.strictObject({ format: z.enum(['json', 'prometheus', 'openmetrics']).optional() });

/** What GET /metrics shows as JSON. */
interface ProcessReport extends MetricsSnapshot {
  readonly time: Date;
  readonly jobs: readonly JobStatus[];
}

/** With and without the version: clients send both, and a parameter must match exactly. */
const FORMAT_OF_TYPE: Readonly<Record<string, ExpositionFormat>> = {
  'application/openmetrics-text; version=1.0.0': 'openmetrics',
  'application/openmetrics-text': 'openmetrics',
  'text/plain; version=0.0.4': 'text',
  'text/plain': 'text',
};

/** The state of this process: for people as JSON, for Prometheus as text. */
@Access('metrics-read')
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
    @Query({ schema: Format }) { format }: z.infer<typeof Format>,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): ProcessReport | string {
    const exposition = expositionFor(format, request);
    response.vary('Accept');
    if (exposition === undefined) {
      return { time: this.clock.now(), jobs: this.jobs.statuses(), ...snapshotMetrics(this.registry) };
    }
    response.setHeader('Content-Type', EXPOSITION_CONTENT_TYPE[exposition]);
    return renderPrometheus(this.registry, exposition);
  }
}

/** Undefined means JSON: asked for by name, preferred by the caller, or nothing was preferred. */
function expositionFor(
  format: z.infer<typeof Format>['format'],
  request: Request,
): ExpositionFormat | undefined {
  if (format !== undefined) return format === 'json' ? undefined : format === 'openmetrics' ? format : 'text';
  const accepted = request.accepts(['application/json', ...Object.keys(FORMAT_OF_TYPE)]);
  return accepted === false ? undefined : FORMAT_OF_TYPE[accepted];
}
