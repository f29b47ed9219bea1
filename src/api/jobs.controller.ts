import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query, Req } from '@nestjs/common';
import type { Request } from 'express';
import type { z } from 'zod';
import { BatchJobs, type JobCaller, JobLedger } from '../batch/index.js';
import { HTTP_CONFIG, type HttpConfig } from '../config/index.js';
import { Clock } from '../kernel/clock.js';
import {
  DescribeRequest,
  GracefulShutdown,
  InvalidInputError,
  isCsv,
  isNdjson,
} from '../platform/http/index.js';
import { Access, Caller, type CallerIdentity } from '../tenancy/index.js';
import { IDEMPOTENCY_HEADER, idempotencyKeyOf } from './idempotency-key.js';
import { answerPage, NumberedPage, type PageAnswer } from './inputs.js';
import { JobBody, jobOf, UploadQuery, uploadOf } from './job-inputs.js';
import { type ShownJob, showJob } from './job-view.js';
import { uploadBody } from './upload-body.js';

/** Batch jobs of the caller's tenant. */
@Controller('api/jobs')
@Access('viewer')
export class JobsController {
  constructor(
    private readonly jobs: BatchJobs,
    private readonly ledger: JobLedger,
    private readonly shutdown: GracefulShutdown,
    private readonly clock: Clock,
    @Inject(HTTP_CONFIG) private readonly config: HttpConfig,
  ) {}

  /** A job as JSON; or records as NDJSON or CSV, with operation and target in the query. */
  @Post()
  @Access('editor')
  @DescribeRequest({ streamOf: 'One record', headers: [IDEMPOTENCY_HEADER] })
  @HttpCode(202)
  async create(
    @Req() request: Request,
    @Body({ schema: JobBody }) body: JobBody,
    @Query({ schema: UploadQuery }) query: UploadQuery,
    @Caller() identity: CallerIdentity,
  ): Promise<ShownJob> {
    const key = idempotencyKeyOf(request);
    const caller = { ...callerOf(identity), ...(key !== undefined && { idempotencyKey: key }) };
    const id = await (isNdjson(request) || isCsv(request)
      ? this.upload(request, caller, query)
      : this.jobs.create(caller, jobOf(jsonOf(body, query))));
    return this.show(identity, id);
  }

  /** Newest first. */
  @Get()
  async list(
    @Caller() { tenantId }: CallerIdentity,
    @Query({ schema: NumberedPage }) { cursor, limit }: z.infer<typeof NumberedPage>,
  ): Promise<PageAnswer<ShownJob>> {
    const now = this.clock.now();
    const rows = await this.ledger.list(tenantId, cursor, limit + 1);
    const items = rows.slice(0, limit).map((job) => showJob(job, now));
    const nextCursor = rows.length > limit ? (items.at(-1)?.id ?? null) : null;
    return answerPage({ items, nextCursor });
  }

  @Get(':id')
  get(@Caller() caller: CallerIdentity, @Param('id') id: string): Promise<ShownJob> {
    return this.show(caller, id);
  }

  private upload(request: Request, caller: JobCaller, query: UploadQuery): Promise<string> {
    const job = uploadOf(query);
    if (job === undefined) {
      const path = query.operation === undefined ? 'operation' : 'target';
      throw new InvalidInputError([{ path, message: 'is needed in the query when records are sent' }], 1);
    }
    const { clock } = this;
    const body = uploadBody(request, {
      clock,
      idleMs: this.config.requestTimeoutMs,
      stopping: this.shutdown.draining,
    });
    return this.jobs.upload(caller, job, { format: isCsv(request) ? 'csv' : 'ndjson', body });
  }

  private async show({ tenantId }: CallerIdentity, id: string): Promise<ShownJob> {
    return showJob(await this.ledger.get(tenantId, id), this.clock.now());
  }
}

/** @throws InvalidInputError HTTP_INPUT_INVALID without a body, or when a query stands beside it */
function jsonOf(body: JobBody, query: UploadQuery): NonNullable<JobBody> {
  if (body === undefined)
    throw new InvalidInputError([{ path: '', message: 'a JSON body or records are required' }], 1);
  const [stray] = Object.keys(query);
  if (stray !== undefined) {
    throw new InvalidInputError([{ path: stray, message: 'belongs into the body when it is JSON' }], 1);
  }
  return body;
}

/** Who asks, as the audit chain names them. */
export function callerOf({ tenantId, keyId, role }: CallerIdentity): JobCaller {
  return { tenantId, actor: keyId, isAdmin: role === 'admin' };
}
