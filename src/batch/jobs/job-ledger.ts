import { Injectable } from '@nestjs/common';
import { Database, type Queryable } from '../../platform/database/index.js';
import { DomainEvents } from '../../platform/events/index.js';
import { BatchAudit } from '../audit/batch-audit.js';
import { BATCH_STATE } from '../batch-events.js';
import { BatchJobNotFoundError, BatchKeyReusedError, BatchStateError } from '../errors.js';
import type { JobOptions, JobState, JobView } from '../queue/batch-job.js';
import { JobRepository } from '../queue/job.repository.js';
import { PartitionRepository } from '../queue/partition.repository.js';
import type { JobCaller, JobRequest } from './job-request.js';

/** A job that is to be noted. */
export interface Draft {
  readonly caller: JobCaller;
  readonly request: JobRequest;
  readonly options: JobOptions;
  /** Of the request; null while its records are still to come. */
  readonly digest: Buffer | null;
  readonly createdAt: Date;
  readonly state: 'queued' | 'receiving';
}

/** What may be wished of a job. */
export type JobWish = 'paused' | 'resumed' | 'cancelled' | 'retried';

const CHANGES: Readonly<Record<JobWish, { readonly from: readonly JobState[]; readonly to: JobState }>> = {
  paused: { from: ['queued', 'running'], to: 'paused' },
  resumed: { from: ['paused'], to: 'queued' },
  cancelled: { from: ['queued', 'running', 'paused', 'failed'], to: 'cancelled' },
  retried: { from: ['failed', 'cancelled'], to: 'queued' },
};

/** The jobs there are, and every change of them with its entry in the audit chain. */
@Injectable()
export class JobLedger {
  constructor(
    private readonly db: Database,
    private readonly jobs: JobRepository,
    private readonly partitions: PartitionRepository,
    private readonly audit: BatchAudit,
    private readonly events: DomainEvents,
  ) {}

  /** @param work partitions, unless they are still to come */
  async add(
    draft: Draft,
    work?: { readonly total: number; readonly ranges: readonly (readonly [string, string])[] },
  ): Promise<string> {
    const { caller, request, options, digest, createdAt, state } = draft;
    const { tenantId, actor: createdBy, idempotencyKey } = caller;
    const { operation, target, priority = 0 } = request;
    const id = await this.db.transaction(async (tx) => {
      const job = { tenantId, operation, target, options, priority, state, createdBy, createdAt };
      // A key is used when the job is complete: an upload that ends halfway may be sent again.
      const key = state === 'queued' ? (idempotencyKey ?? null) : null;
      const added = await this.jobs.insert(tx, { ...job, idempotencyKey: key, digest });
      if (added === undefined) throw new BatchKeyReusedError(idempotencyKey ?? '');
      if (work === undefined) return added;
      await this.jobs.setTotal(tx, added, work.total);
      await this.partitions.insert(tx, added, work.ranges);
      await this.noteCreated(tx, added, caller, { operation, target, options, total: work.total });
      return added;
    });
    if (work !== undefined) await this.partitions.announce();
    return id;
  }

  /** A job whose records have all come. */
  async queue(
    id: string,
    {
      caller,
      request,
      options,
      digest,
    }: Pick<Draft, 'caller' | 'request' | 'options'> & { readonly digest: Buffer },
    complete: (tx: Queryable) => Promise<number>,
  ): Promise<void> {
    const { operation, target } = request;
    const key = caller.idempotencyKey ?? null;
    try {
      await this.db.transaction(async (tx) => {
        const total = await complete(tx);
        const isMine = await this.jobs.queueReceived(tx, id, { options, key, digest });
        if (!isMine) throw key === null ? new BatchJobNotFoundError(id) : new BatchKeyReusedError(key);
        await this.noteCreated(tx, id, caller, { operation, target, options, total });
      });
    } catch (error) {
      // Another request with the same key was completed at the same moment.
      throw key !== null && isUniqueViolation(error) ? new BatchKeyReusedError(key) : error;
    }
    await this.partitions.announce();
  }

  findByKey(tenantId: string, key: string) {
    return this.jobs.findByKey(tenantId, key);
  }

  list(tenantId: string, before: string | undefined, limit: number): Promise<JobView[]> {
    return this.jobs.list(tenantId, before, limit);
  }

  /** @throws BatchJobNotFoundError BATCH_JOB_NOT_FOUND */
  async get(tenantId: string, id: string): Promise<JobView> {
    // Other ids than those of a bigint are nobody's.
    const job = /^\d{1,18}$/.test(id) ? await this.jobs.find(tenantId, id) : undefined;
    if (job === undefined) throw new BatchJobNotFoundError(id);
    return job;
  }

  /** A chunk under way still ends. @throws BatchJobNotFoundError, BatchStateError */
  async change({ tenantId, actor }: JobCaller, id: string, wish: JobWish): Promise<JobView> {
    const { state } = await this.get(tenantId, id);
    const { from, to } = CHANGES[wish];
    const hasEnded = await this.db.transaction(async (tx) => {
      if (!(await this.jobs.change(tx, id, from, to))) throw new BatchStateError(id, state, wish);
      await this.audit.append(tx, { tenantId, jobId: id, actor, action: wish, details: { from: state } });
      // It was cancelled in its last chunk: nothing is left that a worker could end it with.
      if (to !== 'queued' || !(await this.jobs.finish(tx, id))) return false;
      const details = await this.jobs.countsOf(tx, id);
      await this.audit.append(tx, { tenantId, jobId: id, actor, action: 'succeeded', details });
      return true;
    });
    this.events.publish(BATCH_STATE, { tenantId, jobId: id, state: hasEnded ? 'succeeded' : to });
    if (to === 'queued') await this.partitions.announce();
    return this.get(tenantId, id);
  }

  private noteCreated(
    tx: Queryable,
    jobId: string,
    { tenantId, actor }: JobCaller,
    details: object,
  ): Promise<void> {
    return this.audit.append(tx, { tenantId, jobId, actor, action: 'created', details });
  }
}

function isUniqueViolation(error: unknown): boolean {
  return (error as { code?: unknown }).code === '23505';
}
