import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Clock } from '../../kernel/clock.js';
import type { Queryable } from '../../platform/database/index.js';
import { BatchKeyReusedError } from '../errors.js';
import { TableRepository } from '../operations/table.repository.js';
import { conditionsOfJob } from '../operations/chunk-sources.js';
import { TargetRegistry } from '../targets/target-registry.js';
import { JobLedger } from './job-ledger.js';
import { type JobCaller, type JobRequest, uploadOptionsOf, walkOptionsOf } from './job-request.js';
import { rangesOf } from './ranges.js';
import { type Upload, UploadReceiver } from './upload.js';

/** Makes jobs: over rows that are there already, or over records that are sent. */
@Injectable()
export class BatchJobs {
  constructor(
    private readonly targets: TargetRegistry,
    private readonly tables: TableRepository,
    private readonly uploads: UploadReceiver,
    private readonly ledger: JobLedger,
    private readonly clock: Clock,
  ) {}

  /** @returns the id; that of the earlier job for an Idempotency-Key that was used for the same request */
  async create(caller: JobCaller, request: JobRequest): Promise<string> {
    const target = this.targets.find(request.target, request.operation);
    const options = walkOptionsOf(request, target);
    const digest = digestOf(request);
    const earlier = await this.earlierJob(caller, digest);
    if (earlier !== undefined) return earlier;
    const createdAt = this.clock.now();
    const { tenantId } = caller;
    const conditions = conditionsOfJob({ options, createdAt }, target);
    const { total, first, last } = await this.tables.extentOf(target, {
      tenantId,
      conditions,
      after: '',
      upTo: '',
    });
    return this.ledger.add(
      { caller, request, options, digest, createdAt, state: 'queued' },
      { total, ranges: rangesOf(Number(first), Number(last), total) },
    );
  }

  /**
   * Takes records in first, all of them; then the job begins. A refused or cancelled upload leaves nothing.
   * @throws BatchInputError, BatchRecordError
   */
  async upload(
    caller: JobCaller,
    request: JobRequest,
    { format, body }: Pick<Upload, 'format' | 'body'>,
  ): Promise<string> {
    const { operation } = request;
    const target = this.targets.find(request.target, operation);
    const options = uploadOptionsOf(request);
    const digest = digestOf(request);
    const earlier = await this.earlierJob(caller, digest);
    if (earlier !== undefined) return earlier;
    const createdAt = this.clock.now();
    const jobId = await this.ledger.add({ caller, request, options, digest, createdAt, state: 'receiving' });
    try {
      const received = await this.uploads.receive(jobId, {
        tenantId: caller.tenantId,
        operation,
        target,
        format,
        body,
      });
      const complete = (tx: Queryable): Promise<void> => this.uploads.complete(tx, jobId, received);
      await this.ledger.queue(
        jobId,
        { caller, options: { ...options, fields: received.fields }, digest },
        complete,
      );
      return jobId;
    } catch (error) {
      await this.uploads.discard(jobId);
      throw error;
    }
  }

  private async earlierJob(
    { tenantId, idempotencyKey }: JobCaller,
    digest: Buffer,
  ): Promise<string | undefined> {
    if (idempotencyKey === undefined) return undefined;
    const earlier = await this.ledger.findByKey(tenantId, idempotencyKey);
    if (earlier === undefined) return undefined;
    if (earlier.digest === null || !digest.equals(earlier.digest))
      throw new BatchKeyReusedError(idempotencyKey);
    return earlier.id;
  }
}

function digestOf(request: JobRequest): Buffer {
  return createHash('sha256').update(JSON.stringify(request)).digest();
}
