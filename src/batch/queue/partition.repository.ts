import { Injectable } from '@nestjs/common';
import { sql } from '../../kernel/sql.js';
import { Database, type Queryable } from '../../platform/database/index.js';
import type { BatchJob, ChunkCounts, JobState, LeasedPartition } from './batch-job.js';
import { JOB_COLUMNS } from './job.repository.js';

/** A worker that does not prolong its lease for this long has lost its partition: it is dead, or stands still. */
export const LEASE_MS = 10_000;
/** Times of the latest chunks that are kept for the percentiles. */
const KEPT_CHUNKS = 100;

/** Where a checkpoint leaves a partition. */
export interface Checkpoint {
  readonly from: string;
  readonly to: string;
  readonly counts: ChunkCounts;
  readonly isDone: boolean;
}

type LeasedRow = BatchJob & {
  readonly part: number;
  readonly cursor: string;
  readonly upperBound: string;
  readonly attempts: number;
};

/** Writes batch_partitions: queue, lease and checkpoint. Time is the server's alone. */
@Injectable()
export class PartitionRepository {
  constructor(private readonly db: Database) {}

  /** @param ranges exclusive and inclusive ends of each partition */
  async insert(tx: Queryable, jobId: string, ranges: readonly (readonly [string, string])[]): Promise<void> {
    await tx.query(sql`
      INSERT INTO batch_partitions (job_id, part, cursor, upper_bound)
      SELECT ${jobId}::bigint, part - 1, first, last
      FROM unnest(${ranges.map(([first]) => first)}::text[], ${ranges.map(([, last]) => last)}::text[])
        WITH ORDINALITY AS bounds (first, last, part)`);
  }

  /** Leases the next partition by priority and age, that of a dead worker as well. */
  async claim(owner: string): Promise<LeasedPartition | undefined> {
    const [row] = await this.db.query<LeasedRow>(sql`
      WITH next AS (
        SELECT partition.job_id, partition.part FROM batch_jobs AS job
        JOIN batch_partitions AS partition ON partition.job_id = job.id
        WHERE job.state IN ('queued', 'running') AND partition.state = 'pending'
          AND (partition.owner IS NULL OR partition.lease_until <= clock_timestamp())
          AND partition.not_before <= clock_timestamp()
        ORDER BY job.priority DESC, job.id, partition.part
        LIMIT 1 FOR UPDATE OF partition SKIP LOCKED
      ), leased AS (
        UPDATE batch_partitions AS partition
        SET owner = ${owner}, lease_until = ${fromNow(LEASE_MS)}, attempts = attempts + 1
        FROM next WHERE partition.job_id = next.job_id AND partition.part = next.part
        RETURNING partition.*
      )
      SELECT ${JOB_COLUMNS}, leased.part, leased.cursor, leased.upper_bound AS "upperBound", leased.attempts
      FROM leased JOIN batch_jobs AS job ON job.id = leased.job_id`);
    if (row === undefined) return undefined;
    const { part, cursor, upperBound, attempts, ...job } = row;
    return { job, part, cursor, upperBound, attempts };
  }

  /**
   * Moves the cursor, in the transaction of the data. The state of the job comes back: whoever paused or cancelled
   * it is heard at no further cost, and so is the number of its bad records. Undefined when another worker has the
   * partition, or the job is gone.
   *
   * Only the last commit waits for the disk: after a crash of the server, chunks before it that are lost are lost
   * together with their checkpoints.
   */
  async checkpoint(
    tx: Queryable,
    { jobId, part, owner }: { readonly jobId: string; readonly part: number; readonly owner: string },
    { from, to, counts, isDone }: Checkpoint,
  ): Promise<{ readonly state: JobState; readonly bad: number } | undefined> {
    const { processed, written, bad, ms } = counts;
    const [row] = await tx.query<{ state: JobState; bad: number }>(
      sql`
        UPDATE batch_partitions AS partition SET cursor = ${to},
          state = CASE WHEN ${isDone} THEN 'done' ELSE 'pending' END,
          owner = CASE WHEN ${isDone} THEN NULL ELSE partition.owner END,
          lease_until = ${fromNow(LEASE_MS)}, attempts = 0, chunks = chunks + 1,
          processed = processed + ${processed}, written = written + ${written}, bad = partition.bad + ${bad},
          chunk_ms = (chunk_ms || ${ms}::float8)[greatest(1, cardinality(chunk_ms) + 2 - ${KEPT_CHUNKS}::integer):]
        FROM batch_jobs AS job
        WHERE job.id = partition.job_id AND partition.job_id = ${jobId}::bigint AND partition.part = ${part}
          AND partition.owner = ${owner} AND partition.cursor = ${from} AND partition.state = 'pending'
        RETURNING set_config('synchronous_commit', CASE WHEN ${isDone} THEN 'on' ELSE 'off' END, true), job.state, (
          SELECT sum(others.bad)::float8 FROM batch_partitions AS others WHERE others.job_id = ${jobId}::bigint
        ) + ${bad} AS bad`,
      { prepareAs: 'batch-checkpoint' },
    );
    return row;
  }

  /** Whether a partition has come to `cursor`, and nobody else has it: after a COMMIT of unknown fate. */
  async isAt(jobId: string, part: number, owner: string, cursor: string): Promise<boolean> {
    const rows = await this.db.query(sql`
      SELECT FROM batch_partitions
      WHERE job_id = ${jobId}::bigint AND part = ${part} AND cursor = ${cursor}
        AND (owner = ${owner} OR state = 'done')`);
    return rows.length > 0;
  }

  /**
   * Prolongs the lease of work that takes longer than a chunk should. The state of the job comes back; undefined when
   * another worker has the partition, or the job is gone.
   */
  async prolong(jobId: string, part: number, owner: string): Promise<JobState | undefined> {
    const [row] = await this.db.query<{ state: JobState }>(sql`
      UPDATE batch_partitions AS partition SET lease_until = ${fromNow(LEASE_MS)}
      FROM batch_jobs AS job
      WHERE job.id = partition.job_id AND partition.job_id = ${jobId}::bigint AND partition.part = ${part}
        AND partition.owner = ${owner}
      RETURNING job.state`);
    return row?.state;
  }

  /** Gives it back; nobody takes it before `afterMs`. */
  async release(jobId: string, part: number, owner: string, afterMs = 0): Promise<void> {
    await this.db.query(sql`
      UPDATE batch_partitions SET owner = NULL, lease_until = NULL, not_before = ${fromNow(afterMs)}
      WHERE job_id = ${jobId}::bigint AND part = ${part} AND owner = ${owner}`);
  }

  /**
   * Tells workers of all instances that there is something to do. Outside of transactions: it would serialise them.
   * Never rejects: it is a hint, workers look by themselves every second.
   */
  async announce(): Promise<void> {
    await this.db.query(sql`SELECT pg_notify('batch_work', '')`).catch(() => undefined);
  }

  /** Whether the worker still has the partition where it left it. Nobody else moves it until the transaction ends. */
  async isHeld(
    tx: Queryable,
    { jobId, part, owner }: { readonly jobId: string; readonly part: number; readonly owner: string },
    cursor: string,
  ): Promise<boolean> {
    const rows = await tx.query(sql`
      SELECT FROM batch_partitions
      WHERE job_id = ${jobId}::bigint AND part = ${part} AND owner = ${owner} AND cursor = ${cursor}
        AND state = 'pending'
      FOR UPDATE`);
    return rows.length > 0;
  }
}

function fromNow(ms: number) {
  return sql`clock_timestamp() + ${ms}::double precision * interval '1 millisecond'`;
}
