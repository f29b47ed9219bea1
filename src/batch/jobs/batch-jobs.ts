import { createHash, type Hash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Clock } from '../../kernel/clock.js';
import type { Queryable } from '../../platform/database/index.js';
import { BatchKeyReusedError } from '../errors.js';
import { TableRepository } from '../operations/table.repository.js';
import { conditionsOfJob } from '../operations/chunk-sources.js';
import { TargetRegistry } from '../targets/target-registry.js';
import { type Draft, JobLedger } from './job-ledger.js';
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
    const target = this.targets.findFor(caller, request.target, request.operation);
    const options = walkOptionsOf(request, target);
    const digest = hashOf(request).digest();
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
    const draft: Draft = { caller, request, options, digest, createdAt, state: 'queued' };
    const ranges = rangesOf(Number(first), Number(last), total);
    return this.unlessReused(caller, digest, () => this.ledger.add(draft, { total, ranges }));
  }

  /**
   * Takes records in first, all of them; then the job begins. A refused or cancelled upload leaves nothing.
   * @throws BatchInputError, BatchRecordError
   */
  async upload(
    caller: JobCaller,
    request: JobRequest,
    { format, body: sent }: Pick<Upload, 'format' | 'body'>,
  ): Promise<string> {
    const { operation } = request;
    const { tenantId } = caller;
    const target = this.targets.findFor(caller, request.target, operation);
    const options = uploadOptionsOf(request, target);
    const hash = hashOf(request);
    const body = hashed(sent, hash);
    if (await this.isUsed(caller)) {
      // Whether it is the same request, its records tell.
      await drain(body);
      return this.requireEarlierJob(caller, hash.digest());
    }
    const createdAt = this.clock.now();
    const jobId = await this.ledger.add({
      caller,
      request,
      options,
      digest: null,
      createdAt,
      state: 'receiving',
    });
    try {
      const received = await this.uploads.receive(jobId, { tenantId, operation, target, format, body });
      const digest = hash.digest();
      const complete = (tx: Queryable): Promise<number> =>
        this.uploads.complete(tx, jobId, received, operation);
      const queued = { caller, request, options: { ...options, fields: received.fields }, digest };
      return await this.unlessReused(caller, digest, async () => {
        await this.ledger.queue(jobId, queued, complete);
        return jobId;
      });
    } finally {
      // Nothing is left of it unless it is complete. What cannot be removed now is, by and by.
      await this.uploads.discard(jobId).catch(() => undefined);
    }
  }

  /** Two requests with one key at the same time: the second gets the job of the first. */
  private async unlessReused(caller: JobCaller, digest: Buffer, add: () => Promise<string>): Promise<string> {
    try {
      return await add();
    } catch (error) {
      if (!(error instanceof BatchKeyReusedError)) throw error;
      return this.requireEarlierJob(caller, digest);
    }
  }

  private async isUsed({ tenantId, idempotencyKey }: JobCaller): Promise<boolean> {
    if (idempotencyKey === undefined) return false;
    return (await this.ledger.findByKey(tenantId, idempotencyKey)) !== undefined;
  }

  /** @throws BatchKeyReusedError BATCH_IDEMPOTENCY_KEY_REUSED */
  private async requireEarlierJob(caller: JobCaller, digest: Buffer): Promise<string> {
    const earlier = await this.earlierJob(caller, digest);
    if (earlier === undefined) throw new BatchKeyReusedError(caller.idempotencyKey ?? '');
    return earlier;
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

/** SHA-256 that begins with the request; records follow. */
function hashOf(request: JobRequest): Hash {
  return createHash('sha256').update(JSON.stringify(request));
}

async function* hashed(body: AsyncIterable<Buffer>, hash: Hash): AsyncGenerator<Buffer> {
  for await (const piece of body) {
    hash.update(piece);
    yield piece;
  }
}

async function drain(body: AsyncIterable<Buffer>): Promise<void> {
  const pieces = body[Symbol.asyncIterator]();
  while ((await pieces.next()).done !== true);
}
