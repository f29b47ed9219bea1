import { Injectable } from '@nestjs/common';
import type { Queryable } from '../../platform/database/index.js';
import { BatchInputError } from '../input/errors.js';
import { readRecords } from '../input/read-records.js';
import { RecordEncoder } from '../input/record-encoder.js';
import { InputRepository } from '../queue/input.repository.js';
import { JobRepository } from '../queue/job.repository.js';
import { PartitionRepository } from '../queue/partition.repository.js';
import type { BatchOperation, BatchTarget } from '../targets/batch-target.js';
import { rangesOf } from './ranges.js';

/** Records and bytes of one row of batch_inputs: what a chunk is made of. */
const PIECE_ROWS = 1_000;
const PIECE_BYTES = 1_048_576;

/** Records on their way. */
export interface Upload {
  readonly tenantId: string;
  readonly operation: BatchOperation;
  readonly target: BatchTarget;
  readonly format: 'ndjson' | 'csv';
  readonly body: AsyncIterable<Buffer>;
}

/** What was received. */
export interface Received {
  readonly fields: readonly string[];
  readonly total: number;
}

/** Takes records in, checks them, and keeps them for the workers; with constant memory. */
@Injectable()
export class UploadReceiver {
  constructor(
    private readonly inputs: InputRepository,
    private readonly jobs: JobRepository,
    private readonly partitions: PartitionRepository,
  ) {}

  /** @throws BatchInputError, BatchRecordError, or what the body throws when its sender goes away */
  async receive(jobId: string, { tenantId, operation, target, format, body }: Upload): Promise<Received> {
    const encoder = new RecordEncoder(target, operation, tenantId);
    const { rows } = encoder;
    let total = 0;
    const flush = async (): Promise<void> => {
      const piece = rows.take();
      await this.inputs.append(jobId, { firstRow: total, ...piece });
      total += piece.rowCount;
    };
    for await (const record of readRecords(body, format)) {
      encoder.encode(record);
      if (rows.count >= PIECE_ROWS || rows.length >= PIECE_BYTES) await flush();
    }
    if (rows.count > 0) await flush();
    if (total === 0) throw new BatchInputError(1, 'there is no record in it');
    return { fields: encoder.fields, total };
  }

  /** Makes a job of what was received, in the transaction in which it becomes visible to workers. */
  async complete(
    tx: Queryable,
    jobId: string,
    { total }: Received,
    operation: BatchOperation,
  ): Promise<number> {
    await this.jobs.setTotal(tx, jobId, total);
    await this.partitions.insert(
      tx,
      jobId,
      isOrdered(operation) ? [['0', String(total)]] : rangesOf(0, total, total),
    );
    return total;
  }

  /** Nothing was ever there. */
  async discard(jobId: string): Promise<void> {
    await this.jobs.removeIncomplete(jobId);
  }
}

/** Of records with the same key the later one counts: they are worked off one after the other. */
function isOrdered(operation: BatchOperation): boolean {
  return operation === 'UPSERT' || operation === 'UPDATE';
}
