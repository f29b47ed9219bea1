import { Injectable } from '@nestjs/common';
import { sql } from '../../kernel/sql.js';
import { MonitorDatabase } from '../../platform/database/index.js';

/** Asks the server for the least it can say, beside the pool. */
@Injectable()
export class PingRepository {
  constructor(private readonly db: MonitorDatabase) {}

  /** One round trip. @throws DatabaseUnavailableError DATABASE_UNAVAILABLE */
  async ping(timeoutMs: number): Promise<void> {
    await this.db.read(sql`SELECT 1 AS one`, { timeoutMs });
  }
}
