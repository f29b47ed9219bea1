import { Injectable } from '@nestjs/common';
import { sql } from '../../kernel/sql.js';
import { MonitorDatabase } from '../database/index.js';

/** Asks the database for the least it can say, beside the pool: a full pool is no database that is down. */
@Injectable()
export class PingRepository {
  constructor(private readonly db: MonitorDatabase) {}

  /** One round trip. @throws DatabaseUnavailableError DATABASE_UNAVAILABLE */
  async ping(): Promise<void> {
    await this.db.query(sql`SELECT 1 AS one`);
  }
}
