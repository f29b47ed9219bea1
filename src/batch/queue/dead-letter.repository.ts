import { Injectable } from '@nestjs/common';
import { sql } from '../../kernel/sql.js';
import { Database, type Queryable } from '../../platform/database/index.js';

/** A record that the database refused. */
export interface DeadLetter {
  /** Its place in the upload, from 1. */
  readonly record: number;
  readonly sqlState: string;
  readonly constraint: string | null;
  readonly column: string | null;
  readonly reason: string;
  readonly payload: Readonly<Record<string, string | null>>;
}

/** Writes batch_dead_letters. */
@Injectable()
export class DeadLetterRepository {
  constructor(private readonly db: Database) {}

  async insert(tx: Queryable, jobId: string, letters: readonly DeadLetter[]): Promise<void> {
    if (letters.length === 0) return;
    await tx.query(sql`
      INSERT INTO batch_dead_letters (job_id, record, sql_state, constraint_name, column_name, reason, payload)
      SELECT ${jobId}::bigint, letter.record, letter."sqlState", letter."constraint", letter."column", letter.reason,
        letter.payload
      FROM jsonb_to_recordset(${JSON.stringify(letters)}::jsonb) AS letter
        (record bigint, "sqlState" text, "constraint" text, "column" text, reason text, payload jsonb)
      ON CONFLICT DO NOTHING`);
  }

  /** In the order of the upload. */
  page(jobId: string, after: number, limit: number): Promise<DeadLetter[]> {
    return this.db.read<DeadLetter>(sql`
      SELECT record::float8, sql_state AS "sqlState", constraint_name AS "constraint", column_name AS "column", reason,
        payload
      FROM batch_dead_letters WHERE job_id = ${jobId}::bigint AND record > ${after} ORDER BY record LIMIT ${limit}`);
  }
}
