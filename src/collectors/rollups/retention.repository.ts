import { Injectable } from '@nestjs/common';
import { identifier, sql, type SqlFragment } from '../../kernel/sql.js';
import { Database } from '../../platform/database/index.js';

/** Deletes what is older than its retention, apart from raw events, which go by partition. */
@Injectable()
export class RetentionRepository {
  constructor(private readonly db: Database) {}

  /** Deletes up to `limit` hours before `before`; returns how many. So do the others. */
  forgetHours(before: Date, limit: number): Promise<number> {
    return this.forget('scraper_metrics_hourly', sql`hour < ${before}::timestamptz`, limit);
  }

  forgetDays(before: Date, limit: number): Promise<number> {
    return this.forget('scraper_daily_summary', sql`day < ${before}::timestamptz`, limit);
  }

  forgetSchedulerRuns(before: Date, limit: number): Promise<number> {
    return this.forget('scheduler_metrics', sql`started_at < ${before}::timestamptz`, limit);
  }

  /** Requests last touched before `before`: their keys may be used anew. */
  forgetRequests(before: Date, limit: number): Promise<number> {
    return this.forget('ingest_requests', sql`updated_at < ${before}::timestamptz`, limit);
  }

  private async forget(table: string, isOld: SqlFragment, limit: number): Promise<number> {
    const [row] = await this.db.query<{ deleted: number }>(sql`
      WITH gone AS (
        DELETE FROM ${identifier(table)}
        WHERE ctid = ANY (ARRAY(SELECT ctid FROM ${identifier(table)} WHERE ${isOld} LIMIT ${limit}))
        RETURNING 1)
      SELECT count(*)::integer AS deleted FROM gone`);
    return row?.deleted ?? 0;
  }
}
