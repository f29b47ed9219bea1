import { Injectable } from '@nestjs/common';
import { sql } from '../../kernel/sql.js';
import { Database } from '../../platform/database/index.js';

/** Deletes what is older than its retention, apart from raw events, which go by partition. */
@Injectable()
export class RetentionRepository {
  constructor(private readonly db: Database) {}

  async forgetHours(limit: Date): Promise<void> {
    await this.db.query(sql`DELETE FROM scraper_metrics_hourly WHERE hour < ${limit}::timestamptz`);
  }

  async forgetDays(limit: Date): Promise<void> {
    await this.db.query(sql`DELETE FROM scraper_daily_summary WHERE day < ${limit}::timestamptz`);
  }

  async forgetSchedulerRuns(limit: Date): Promise<void> {
    await this.db.query(sql`DELETE FROM scheduler_metrics WHERE started_at < ${limit}::timestamptz`);
  }

  /** Requests last touched before `limit`: their keys may be used anew. */
  async forgetRequests(limit: Date): Promise<void> {
    await this.db.query(sql`DELETE FROM ingest_requests WHERE updated_at < ${limit}::timestamptz`);
  }
}
