import { Body, Controller, HttpCode, Inject, Post, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { HTTP_CONFIG, type HttpConfig } from '../config/index.js';
import {
  CollectorEvent,
  EventIngest,
  EventStream,
  type IngestReport,
  SchedulerRun,
  SchedulerRuns,
} from '../collectors/index.js';
import { DescribeRequest, GracefulShutdown, InvalidInputError, isNdjson } from '../platform/http/index.js';
import { Access, Caller, type CallerIdentity } from '../tenancy/index.js';
import { IDEMPOTENCY_HEADER, idempotencyKeyOf, idempotencyOf } from './idempotency-key.js';
import { type IngestBody, ingestBody } from './ingest-body.js';

const Events = ingestBody(CollectorEvent, 'events');
const Runs = ingestBody(SchedulerRun, 'runs');

/** Takes in what collectors measure. */
@Controller('api/metrics')
@Access('ingest')
export class IngestController {
  constructor(
    private readonly events: EventIngest,
    private readonly stream: EventStream,
    private readonly runs: SchedulerRuns,
    private readonly shutdown: GracefulShutdown,
    @Inject(HTTP_CONFIG) private readonly config: HttpConfig,
  ) {}

  /** One event, `{ "events": [...] }`, or an NDJSON stream with an event a line. */
  @Post('events')
  @DescribeRequest({ streamOf: 'One event', headers: [IDEMPOTENCY_HEADER] })
  @HttpCode(201)
  async ingestEvents(
    @Req() request: Request,
    @Body({ schema: Events }) body: IngestBody<CollectorEvent> | undefined,
    @Caller() { tenantId }: CallerIdentity,
    @Res({ passthrough: true }) response: Response,
  ): Promise<Accepted> {
    if (isNdjson(request)) return answer(await this.ingestStream(request, tenantId), response);
    const { rows: events, path } = required(body);
    const idempotency = idempotencyOf(request);
    const report = await this.events.ingest({ tenantId, events, path, ...(idempotency && { idempotency }) });
    return answer(report, response);
  }

  /** One run, or `{ "runs": [...] }`. */
  @Post('scheduler')
  @DescribeRequest({ headers: [IDEMPOTENCY_HEADER] })
  @HttpCode(201)
  async ingestRuns(
    @Req() request: Request,
    @Body({ schema: Runs }) body: IngestBody<SchedulerRun> | undefined,
    @Caller() { tenantId }: CallerIdentity,
    @Res({ passthrough: true }) response: Response,
  ): Promise<Accepted> {
    const { rows: runs, path } = required(body);
    const idempotency = idempotencyOf(request);
    return answer(
      await this.runs.ingest({ tenantId, runs, path, ...(idempotency && { idempotency }) }),
      response,
    );
  }

  private ingestStream(request: Request, tenantId: string): Promise<IngestReport> {
    const idempotencyKey = idempotencyKeyOf(request);
    return this.stream.ingest({
      tenantId,
      // An early end must leave the connection open for the answer.
      body: request.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>,
      ...(idempotencyKey !== undefined && { idempotencyKey }),
      idleMs: this.config.requestTimeoutMs,
      stopping: this.shutdown.draining,
    });
  }
}

interface Accepted {
  readonly accepted: number;
}

function answer({ accepted, isReplay }: IngestReport, response: Response): Accepted {
  if (isReplay) response.setHeader('Idempotent-Replayed', 'true');
  return { accepted };
}

function required<Row>(body: IngestBody<Row> | undefined): IngestBody<Row> {
  if (body !== undefined) return body;
  throw new InvalidInputError([{ path: '', message: 'a JSON body is required' }], 1);
}
