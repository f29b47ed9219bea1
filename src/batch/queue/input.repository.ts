import { Injectable } from '@nestjs/common';
import { sql } from '../../kernel/sql.js';
import { Database, type Queryable } from '../../platform/database/index.js';

/** Some records of an upload, one after the other. */
export interface InputPiece {
  /** From 0. */
  readonly firstRow: number;
  readonly rowCount: number;
  /** A line a record, in the COPY text format. */
  readonly body: Buffer;
}

/** Writes batch_inputs. */
@Injectable()
export class InputRepository {
  constructor(private readonly db: Database) {}

  async append(
    jobId: string,
    { firstRow, rowCount, body }: Omit<InputPiece, 'body'> & { readonly body: string },
  ): Promise<void> {
    await this.db.query(sql`
      INSERT INTO batch_inputs (job_id, first_row, row_count, body)
      VALUES (${jobId}::bigint, ${firstRow}, ${rowCount}, ${body})`);
  }

  /** The pieces that have any of these rows, in their order. */
  async load(jobId: string, fromRow: number, toRow: number): Promise<InputPiece[]> {
    const pieces = await this.db.query<{ firstRow: number; rowCount: number; body: string }>(
      sql`
        SELECT first_row::float8 AS "firstRow", row_count AS "rowCount", body FROM batch_inputs
        WHERE job_id = ${jobId}::bigint AND first_row < ${toRow}::bigint
          AND first_row >= coalesce((SELECT max(first_row) FROM batch_inputs
            WHERE job_id = ${jobId}::bigint AND first_row <= ${fromRow}::bigint), 0)
        ORDER BY first_row`,
      { prepareAs: 'batch-load-inputs' },
    );
    return pieces.map(({ body, ...piece }) => ({ ...piece, body: Buffer.from(body) }));
  }

  async remove(tx: Queryable, jobId: string): Promise<void> {
    await tx.query(sql`DELETE FROM batch_inputs WHERE job_id = ${jobId}::bigint`);
  }
}
