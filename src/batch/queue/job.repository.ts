import { Injectable } from '@nestjs/common';
import { sql, type SqlFragment, trustedSql } from '../../kernel/sql.js';
import { Database, type Queryable } from '../../platform/database/index.js';
import type { BatchJob, JobOptions, JobState, JobView } from './batch-job.js';

/** Columns of BatchJob. */
export const JOB_COLUMNS: SqlFragment = trustedSql(`
  job.id::text, job.tenant_id::text AS "tenantId", job.operation, job.target, job.options, job.priority, job.state,
  job.created_by AS "createdBy", job.total::float8, job.failure, job.created_at AS "createdAt",
  job.started_at AS "startedAt", job.finished_at AS "finishedAt"`);

/** A job that is to be made. */
export interface NewJob extends Pick<
  BatchJob,
  'tenantId' | 'operation' | 'target' | 'options' | 'priority' | 'state' | 'createdBy' | 'createdAt'
> {
  readonly idempotencyKey: string | null;
  /** Of the request; another request under the same key is refused. */
  readonly digest: Buffer | null;
}

/** Writes batch_jobs. */
@Injectable()
export class JobRepository {
  constructor(private readonly db: Database) {}

  /** Undefined when the tenant has used the key before. */
  async insert(tx: Queryable, job: NewJob): Promise<string | undefined> {
    const { tenantId, operation, target, options, priority, state, createdBy, createdAt } = job;
    const [row] = await tx.query<{ id: string }>(sql`
      INSERT INTO batch_jobs (tenant_id, operation, target, options, priority, state, created_by, created_at,
        idempotency_key, digest)
      VALUES (${tenantId}, ${operation}, ${target}, ${JSON.stringify(options)}, ${priority}, ${state},
        ${createdBy}, ${createdAt}, ${job.idempotencyKey}, ${job.digest})
      ON CONFLICT (tenant_id, idempotency_key) DO NOTHING
      RETURNING id::text`);
    return row?.id;
  }

  async findByKey(tenantId: string, key: string): Promise<{ id: string; digest: Buffer | null } | undefined> {
    const [row] = await this.db.read<{ id: string; digest: Buffer | null }>(sql`
      SELECT id::text, digest FROM batch_jobs WHERE tenant_id = ${tenantId} AND idempotency_key = ${key}`);
    return row;
  }

  /** With its progress; undefined when the tenant has no such job. */
  async find(tenantId: string, id: string): Promise<JobView | undefined> {
    const [row] = await this.db.read<JobView>(
      view(sql`job.tenant_id = ${tenantId} AND job.id = ${id}::bigint`, 1),
    );
    return row;
  }

  /** Newest first. @param before only older ones than this id */
  list(tenantId: string, before: string | undefined, limit: number): Promise<JobView[]> {
    const older = before === undefined ? sql`` : sql`AND job.id < ${before}::bigint`;
    return this.db.read<JobView>(view(sql`job.tenant_id = ${tenantId} ${older}`, limit));
  }

  /** False when its state was none of `from`. */
  async change(tx: Queryable, id: string, from: readonly JobState[], to: JobState): Promise<boolean> {
    const rows = await tx.query(sql`
      UPDATE batch_jobs SET state = ${to},
        failure = CASE WHEN ${to} = 'queued' THEN NULL ELSE failure END,
        finished_at = CASE WHEN ${to} IN ('cancelled') THEN clock_timestamp() ELSE NULL END
      WHERE id = ${id}::bigint AND state = ANY (${[...from]})
      RETURNING id`);
    return rows.length > 0;
  }

  async setTotal(tx: Queryable, id: string, total: number): Promise<void> {
    await tx.query(sql`UPDATE batch_jobs SET total = ${total} WHERE id = ${id}::bigint`);
  }

  /** False when the tenant has used the key meanwhile. */
  async queueReceived(
    tx: Queryable,
    id: string,
    {
      options,
      key,
      digest,
    }: { readonly options: JobOptions; readonly key: string | null; readonly digest: Buffer },
  ): Promise<boolean> {
    const rows = await tx.query(sql`
      UPDATE batch_jobs AS job SET state = 'queued', options = ${JSON.stringify(options)}, idempotency_key = ${key},
        digest = ${digest}
      WHERE id = ${id}::bigint AND state = 'receiving' AND NOT EXISTS (
        SELECT FROM batch_jobs AS other WHERE other.tenant_id = job.tenant_id AND other.idempotency_key = ${key})
      RETURNING id`);
    return rows.length > 0;
  }

  async start(id: string): Promise<boolean> {
    const rows = await this.db.query(sql`
      UPDATE batch_jobs SET state = 'running', started_at = coalesce(started_at, clock_timestamp())
      WHERE id = ${id}::bigint AND state = 'queued' RETURNING id`);
    return rows.length > 0;
  }

  /** Until the transaction ends nobody else changes the job. */
  async lock(tx: Queryable, id: string): Promise<void> {
    await tx.query(sql`SELECT FROM batch_jobs WHERE id = ${id}::bigint FOR UPDATE`);
  }

  async countsOf(tx: Queryable, id: string): Promise<{ processed: number; written: number; bad: number }> {
    const [row] = await tx.query<{ processed: number; written: number; bad: number }>(sql`
      SELECT coalesce(sum(processed), 0)::float8 AS processed, coalesce(sum(written), 0)::float8 AS written,
        coalesce(sum(bad), 0)::float8 AS bad
      FROM batch_partitions WHERE job_id = ${id}::bigint`);
    return row ?? { processed: 0, written: 0, bad: 0 };
  }

  /**
   * True when this was the call that ended it: all its partitions are done, and its input is not needed any more. Who
   * pauses it in its last chunk finds it done.
   */
  async finish(tx: Queryable, id: string): Promise<boolean> {
    const isFinished = await tx.execute(sql`
      UPDATE batch_jobs AS job SET state = 'succeeded', finished_at = clock_timestamp()
      WHERE id = ${id}::bigint AND state IN ('running', 'queued', 'paused')
        AND NOT EXISTS (SELECT FROM batch_partitions WHERE job_id = job.id AND state <> 'done')`);
    if (isFinished === 0) return false;
    await tx.query(sql`DELETE FROM batch_inputs WHERE job_id = ${id}::bigint`);
    return true;
  }

  async fail(tx: Queryable, id: string, failure: { code: string; message: string }): Promise<boolean> {
    const rows = await tx.query(sql`
      UPDATE batch_jobs SET state = 'failed', failure = ${JSON.stringify(failure)}, finished_at = clock_timestamp()
      WHERE id = ${id}::bigint AND state IN ('running', 'queued') RETURNING id`);
    return rows.length > 0;
  }

  /** Uploads that nobody goes on with: their sender went away together with the process that took them. */
  async forgetAbandoned(before: Date): Promise<void> {
    await this.db.query(sql`DELETE FROM batch_jobs WHERE state = 'receiving' AND created_at < ${before}`);
  }

  /** Deletes up to `limit` jobs that ended before `before`, with all that belongs to them; answers how many. */
  forgetEnded(before: Date, limit: number): Promise<number> {
    return this.db.execute(sql`
      DELETE FROM batch_jobs WHERE id IN (
        SELECT id FROM batch_jobs
        WHERE state IN ('succeeded', 'failed', 'cancelled') AND finished_at < ${before} LIMIT ${limit})
        AND state IN ('succeeded', 'failed', 'cancelled')`);
  }

  /** An upload that is not complete. What is complete may be under way already. */
  async removeIncomplete(id: string): Promise<void> {
    await this.db.query(sql`DELETE FROM batch_jobs WHERE id = ${id}::bigint AND state = 'receiving'`);
  }
}

/** BETWEEN, since a planner whose statistics know one job takes every partition for one of it. */
function view(condition: SqlFragment, limit: number): SqlFragment {
  return sql`
    SELECT ${JOB_COLUMNS}, progress.*
    FROM batch_jobs AS job, LATERAL (
      SELECT coalesce(sum(processed), 0)::float8 AS processed, coalesce(sum(written), 0)::float8 AS written,
        coalesce(sum(bad), 0)::float8 AS bad, coalesce(sum(chunks), 0)::float8 AS chunks,
        (count(*) FILTER (WHERE owner IS NOT NULL AND lease_until > clock_timestamp()))::integer AS workers,
        (SELECT jsonb_build_object(
            'p50', percentile_cont(0.5) WITHIN GROUP (ORDER BY ms),
            'p95', percentile_cont(0.95) WITHIN GROUP (ORDER BY ms),
            'p99', percentile_cont(0.99) WITHIN GROUP (ORDER BY ms))
          FROM batch_partitions AS timed, unnest(timed.chunk_ms) AS ms WHERE timed.job_id BETWEEN job.id AND job.id) AS "chunkMs"
      FROM batch_partitions WHERE job_id BETWEEN job.id AND job.id
    ) AS progress
    WHERE ${condition} ORDER BY job.id DESC LIMIT ${limit}`;
}
