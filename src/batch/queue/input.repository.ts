import { Injectable } from '@nestjs/common';
import { sql, type SqlFragment, trustedSql } from '../../kernel/sql.js';
import { Database, type Queryable } from '../../platform/database/index.js';
import { fieldsOf, rowsOfFile } from '../input/copy-rows.js';

/** Some records of an upload, one after the other. */
export interface InputPiece {
  /** From 0. */
  readonly firstRow: number;
  readonly rowCount: number;
  /** Rows in COPY's binary format. */
  readonly body: Buffer;
}

/** A chunk is no larger than this and one piece. */
const MOST_BYTES = 50_000_000;

/** Writes batch_inputs. */
@Injectable()
export class InputRepository {
  constructor(private readonly db: Database) {}

  async append(jobId: string, { firstRow, rowCount, body }: InputPiece): Promise<void> {
    await this.db.query(sql`
      INSERT INTO batch_inputs (job_id, first_row, row_count, body)
      VALUES (${jobId}::bigint, ${firstRow}, ${rowCount}, ${body})`);
  }

  /** The pieces that have any of these rows, in their order, as far as they are no more than a chunk may be large. */
  async load(jobId: string, fromRow: number, toRow: number): Promise<InputPiece[]> {
    const job = wholeNumber(BigInt(jobId));
    const [from, to] = [wholeNumber(BigInt(fromRow)), wholeNumber(BigInt(toRow))];
    const file = await this.db.copyOut(sql`
      COPY (
        SELECT first_row, row_count, body FROM (
          SELECT first_row, row_count, body,
            sum(octet_length(body)) OVER (ORDER BY first_row) - octet_length(body) AS bytes_before
          FROM batch_inputs
          WHERE job_id = ${job} AND first_row < ${to}
            AND first_row >= coalesce((SELECT max(first_row) FROM batch_inputs
              WHERE job_id = ${job} AND first_row <= ${from}), 0)
        ) AS pieces
        WHERE bytes_before < ${trustedSql(String(MOST_BYTES))} ORDER BY first_row
      ) TO STDOUT (FORMAT binary)`);
    return rowsOfFile(file).map((row) => {
      const [firstRow, rowCount, body] = fieldsOf(row) as [Buffer, Buffer, Buffer];
      return { firstRow: Number(firstRow.readBigInt64BE()), rowCount: rowCount.readInt32BE(), body };
    });
  }

  async remove(tx: Queryable, jobId: string): Promise<void> {
    await tx.query(sql`DELETE FROM batch_inputs WHERE job_id = ${jobId}::bigint`);
  }
}

/** COPY takes no parameters. */
function wholeNumber(value: bigint): SqlFragment {
  return trustedSql(`${value}::bigint`);
}
