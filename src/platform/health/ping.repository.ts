import { Injectable } from '@nestjs/common';
import { sql } from '../../kernel/sql.js';
import { Database } from '../database/index.js';

/** Asks the database for the least it can say. */
@Injectable()
export class PingRepository {
  constructor(private readonly db: Database) {}

  /** One round trip. @throws DatabaseUnavailableError DATABASE_UNAVAILABLE */
  async ping(): Promise<void> {
    await this.db.query(sql`SELECT 1 AS one`);
  }
}
