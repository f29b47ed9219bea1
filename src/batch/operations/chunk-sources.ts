import { Injectable } from '@nestjs/common';
import { BatchRequestError } from '../errors.js';
import { conditionsOf, encodeValue } from '../input/record-columns.js';
import { InputRepository } from '../queue/input.repository.js';
import type { BatchJob, LeasedPartition } from '../queue/batch-job.js';
import type { BatchTarget } from '../targets/batch-target.js';
import { TargetRegistry } from '../targets/target-registry.js';
import type { ChunkSource } from './chunk.js';
import { type Condition, TableRepository } from './table.repository.js';
import { RowImports } from './row-imports.js';
import { UploadSource } from './upload-chunk.js';
import { UploadRows } from './upload-rows.js';
import { WalkSource, type WalkStep } from './walk-chunk.js';

const DAY_MS = 86_400_000;

/** Makes of a job what walks along its partitions. */
@Injectable()
export class ChunkSources {
  constructor(
    private readonly targets: TargetRegistry,
    private readonly inputs: InputRepository,
    private readonly tables: TableRepository,
    private readonly imports: RowImports,
  ) {}

  targetOf({ target, operation }: BatchJob): BatchTarget {
    return this.targets.find(target, operation);
  }

  open({ job, upperBound }: LeasedPartition): ChunkSource {
    const target = this.targetOf(job);
    if (job.options.fields !== undefined) return this.openUpload(job, target, job.options.fields, upperBound);
    const { tenantId } = job;
    return new WalkSource(
      { tenantId, conditions: conditionsOfJob(job, target), upTo: upperBound },
      this.stepOf(job, target),
    );
  }

  private openUpload(
    job: BatchJob,
    target: BatchTarget,
    fields: readonly string[],
    upperBound: string,
  ): ChunkSource {
    const end = Number(upperBound);
    const columns = fields.map((field) => columnOf(target, field));
    const rows = new UploadRows(this.inputs, job.id);
    const { operation, tenantId } = job;
    const { tables, imports } = this;
    return new UploadSource({ tenantId, operation, target, columns, tables, imports, rows, end });
  }

  private stepOf({ operation, options }: BatchJob, target: BatchTarget): WalkStep {
    const { tables } = this;
    if (operation === 'ARCHIVE') return (tx, at) => tables.archiveWhere(tx, target, at);
    if (operation === 'UPDATE') {
      const set = Object.entries(options.set ?? {}).map(([field, value]) => {
        const column = columnOf(target, field);
        return { column, value: encodeValue(column, value) };
      });
      return (tx, at) => tables.updateWhere(tx, target, at, set);
    }
    if (operation === 'MIGRATE') {
      const transform = target.transforms?.find(({ name }) => name === options.transform);
      if (transform === undefined)
        throw new BatchRequestError('options.transform', 'is not registered any more');
      return (tx, at) => tables.transformWhere(tx, target, at, transform);
    }
    return (tx, at) => tables.deleteWhere(tx, target, at);
  }
}

/** What a job's rows must meet: its filter, and its age. */
export function conditionsOfJob(
  job: Pick<BatchJob, 'options' | 'createdAt'>,
  target: BatchTarget,
): Condition[] {
  const { filter = {}, olderThanDays } = job.options;
  const conditions = conditionsOf(target, filter);
  if (olderThanDays === undefined || target.ageColumn === undefined) return conditions;
  const value = new Date(job.createdAt.getTime() - olderThanDays * DAY_MS).toISOString();
  return [...conditions, { column: target.ageColumn, type: 'timestamptz', comparison: '<', value }];
}

function columnOf(target: BatchTarget, field: string) {
  const column = target.columns.find((candidate) => candidate.field === field);
  if (column === undefined) throw new BatchRequestError(field, 'is no column of the target any more');
  return column;
}
