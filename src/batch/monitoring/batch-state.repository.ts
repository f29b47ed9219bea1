import { Injectable } from '@nestjs/common';
import { sql } from '../../kernel/sql.js';
import { Database } from '../../platform/database/index.js';

/** How the queue is, over all instances. */
export interface BatchState {
  /** How long the job waits that has waited longest for a worker; 0 when none does. */
  readonly waitMs: number;
  /** Partitions whose worker died and that nobody took over. */
  readonly orphans: number;
  /** Records that jobs of the last hour worked off, and how many of them the database refused. */
  readonly processed: number;
  readonly bad: number;
  /** Jobs that ended in the last hour, and how many of them failed. */
  readonly ended: number;
  readonly failed: number;
}

/** So long after its lease a partition ought to have been taken over (a lease is 10 s). */
const ORPHANED_AFTER = '30 seconds';
/** Older jobs are not looked at, so that the statement stays quick with a full month of them. */
const LATEST_JOBS = 2_000;

/**
 * Job by job: the planner would begin a join with all partitions where it expects few. BETWEEN, so that it does not
 * take every partition for one of the job, either.
 */
const PARTS_OF_JOB = sql`SELECT * FROM batch_partitions WHERE job_id BETWEEN job.id AND job.id OFFSET 0`;

/** What the tables of the queue say of how it is. */
@Injectable()
export class BatchStateRepository {
  constructor(private readonly db: Database) {}

  /** One statement; leases are by the database's clock, and so is this. @throws DatabaseUnavailableError */
  async read(): Promise<BatchState> {
    const [row] = await this.db.read<BatchState>(sql`
      WITH latest AS (SELECT * FROM batch_jobs ORDER BY id DESC LIMIT ${LATEST_JOBS}),
      waiting AS (
        SELECT job.created_at, job.state, part.owner, part.lease_until FROM latest AS job
        CROSS JOIN LATERAL (${PARTS_OF_JOB}) AS part
        WHERE job.state IN ('queued', 'running') AND part.state = 'pending'
          AND part.not_before <= clock_timestamp()),
      recent AS (
        SELECT * FROM latest
        WHERE state = 'running' OR finished_at > clock_timestamp() - interval '1 hour'),
      records AS (
        SELECT coalesce(sum(part.processed), 0)::float8 AS processed, coalesce(sum(part.bad), 0)::float8 AS bad
        FROM recent AS job CROSS JOIN LATERAL (${PARTS_OF_JOB}) AS part)
      SELECT records.processed, records.bad,
        coalesce((SELECT greatest(0, extract(epoch FROM clock_timestamp() - min(created_at)) * 1000)::float8
          FROM waiting WHERE state = 'queued' AND owner IS NULL), 0) AS "waitMs",
        (SELECT count(*)::int FROM waiting
          WHERE owner IS NOT NULL AND lease_until < clock_timestamp() - ${ORPHANED_AFTER}::interval) AS orphans,
        (SELECT count(*)::int FROM recent WHERE state IN ('succeeded', 'failed')) AS ended,
        (SELECT count(*)::int FROM recent WHERE state = 'failed') AS failed
      FROM records`);
    return row ?? { waitMs: 0, orphans: 0, processed: 0, bad: 0, ended: 0, failed: 0 };
  }
}
