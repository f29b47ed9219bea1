import { Injectable } from '@nestjs/common';
import type { Queryable } from '../../platform/database/index.js';
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
    let lines: string[] = [];
    let bytes = 0;
    let total = 0;
    const flush = async (): Promise<void> => {
      if (lines.length === 0) return;
      const piece = { firstRow: total, rowCount: lines.length, body: lines.join('') };
      await this.inputs.append(jobId, piece);
      total += lines.length;
      [lines, bytes] = [[], 0];
    };
    for await (const record of readRecords(body, format)) {
      const line = encoder.encode(record);
      lines.push(line);
      bytes += line.length;
      if (lines.length >= PIECE_ROWS || bytes >= PIECE_BYTES) await flush();
    }
    await flush();
    return { fields: encoder.fields, total };
  }

  /** Makes a job of what was received, in the transaction in which it becomes visible to workers. */
  async complete(tx: Queryable, jobId: string, { total }: Received): Promise<void> {
    await this.jobs.setTotal(tx, jobId, total);
    await this.partitions.insert(tx, jobId, rangesOf(0, total, total));
  }

  /** Nothing was ever there. */
  async discard(jobId: string): Promise<void> {
    await this.jobs.remove(jobId);
  }
}
