import { Injectable } from '@nestjs/common';
import { sql } from '../../kernel/sql.js';
import type { Queryable } from '../../platform/database/index.js';

/** A run with its start resolved. */
export interface StoredRun {
  readonly jobName: string;
  readonly startedAt: Date;
  readonly durationMs: number;
  readonly success: boolean;
  readonly itemsProcessed: number | null;
  readonly errorMessage: string | null;
}

/** Writes scheduler_metrics. */
@Injectable()
export class SchedulerRunRepository {
  async insert(tx: Queryable, tenantId: string, runs: readonly StoredRun[]): Promise<void> {
    const column = (value: (run: StoredRun) => unknown): unknown[] => runs.map(value);
    await tx.query(sql`
      INSERT INTO scheduler_metrics (tenant_id, job_name, started_at, duration_ms, success, items_processed, error_message)
      SELECT ${tenantId}::bigint, job_name, started_at, duration_ms, success, items_processed, error_message
      FROM unnest(${column((run) => run.jobName)}::text[], ${column((run) => run.startedAt)}::timestamptz[],
        ${column((run) => run.durationMs)}::float8[], ${column((run) => run.success)}::boolean[],
        ${column((run) => run.itemsProcessed)}::integer[], ${column((run) => run.errorMessage)}::text[]
      ) AS run (job_name, started_at, duration_ms, success, items_processed, error_message)`);
  }
}
