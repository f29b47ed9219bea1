import { Injectable } from '@nestjs/common';
import { AppError } from '../../kernel/app-error.js';
import { Database, type Queryable } from '../../platform/database/index.js';
import { BatchAudit } from '../audit/batch-audit.js';
import { LeaseLostError } from '../errors.js';
import type { BatchJob, LeasedPartition } from '../queue/batch-job.js';
import { type DeadLetter, DeadLetterRepository } from '../queue/dead-letter.repository.js';
import { JobRepository } from '../queue/job.repository.js';
import { PartitionRepository } from '../queue/partition.repository.js';

/** In the audit chain, for what nobody asked for. */
const WORKER = 'worker';

/** Where a worker cannot go on. */
export interface Standstill {
  readonly leased: LeasedPartition;
  readonly owner: string;
  readonly cursor: string;
  /** Records of the chunk that were found bad. */
  readonly letters: readonly DeadLetter[];
}

/** Ends jobs: with success when the last partition is done, with a failure when one cannot go on. */
@Injectable()
export class JobEnd {
  constructor(
    private readonly db: Database,
    private readonly jobs: JobRepository,
    private readonly partitions: PartitionRepository,
    private readonly deadLetters: DeadLetterRepository,
    private readonly audit: BatchAudit,
  ) {}

  /** In the transaction of the last chunk of a partition. True when it was the job's last one. */
  async partitionDone(tx: Queryable, job: BatchJob): Promise<boolean> {
    // Of two partitions that end at once, the second waits here, and sees that the first is done.
    await this.jobs.lock(tx, job.id);
    if (!(await this.jobs.finish(tx, job.id))) return false;
    await this.note(tx, job, 'succeeded', await this.jobs.countsOf(tx, job.id));
    return true;
  }

  /** True when this was the call that ended it. @throws LeaseLostError when another worker goes on already */
  fail(at: Standstill, error: unknown): Promise<boolean> {
    const failure = failureOf(error);
    const { job } = at.leased;
    return this.db.transaction(async (tx) => {
      await this.demandLease(tx, at);
      const isMine = await this.jobs.fail(tx, job.id, failure);
      if (!isMine) return false;
      await this.deadLetters.insert(tx, job.id, at.letters);
      await this.note(tx, job, 'failed', { ...failure, ...(await this.jobs.countsOf(tx, job.id)) });
      return true;
    });
  }

  /** When the database has no room: somebody must look, and resume it. @throws LeaseLostError */
  pause(at: Standstill, error: unknown): Promise<void> {
    const { job } = at.leased;
    return this.db.transaction(async (tx) => {
      await this.demandLease(tx, at);
      const isMine = await this.jobs.change(tx, job.id, ['queued', 'running'], 'paused');
      if (isMine) await this.note(tx, job, 'paused', failureOf(error));
    });
  }

  private async demandLease(tx: Queryable, { leased, owner, cursor }: Standstill): Promise<void> {
    const { job, part } = leased;
    const isHeld = await this.partitions.isHeld(tx, { jobId: job.id, part, owner }, cursor);
    if (!isHeld) throw new LeaseLostError(job.id, part);
  }

  private note(tx: Queryable, { tenantId, id }: BatchJob, action: string, details: object): Promise<void> {
    return this.audit.append(tx, { tenantId, jobId: id, actor: WORKER, action, details });
  }
}

/** What may be shown of an error: the words of our own errors, and of others the kind alone. */
function failureOf(error: unknown): { code: string; message: string } {
  if (error instanceof AppError) return { code: error.code, message: error.message };
  const { code } = (error ?? {}) as { code?: unknown };
  const state = typeof code === 'string' ? ` (${code})` : '';
  return { code: 'BATCH_FAILED', message: `The database refused the work${state}; the log has the reason.` };
}
