import { BatchRecordError } from '../errors.js';
import type { BatchColumn, BatchOperation, BatchTarget } from '../targets/batch-target.js';
import { CopyRows } from './copy-rows.js';
import type { InputRecord } from './read-records.js';
import { ColumnValueError, encodeValue } from './record-columns.js';

/** Turns records into rows for COPY. The fields of the first record are those of all. */
export class RecordEncoder {
  /** What was encoded and not taken yet. */
  readonly rows: CopyRows;
  private chosen: readonly BatchColumn[] | undefined;

  constructor(
    private readonly target: BatchTarget,
    private readonly operation: BatchOperation,
    tenantId: string,
  ) {
    this.rows = new CopyRows(tenantId);
  }

  /** Fields of the records, in the order of the rows; none without a record. */
  fields: readonly string[] = [];

  /** @throws BatchRecordError BATCH_RECORD_INVALID */
  encode(record: InputRecord): void {
    this.chosen ??= this.choose(record);
    const { line, value } = record;
    const stranger = Object.keys(value).find((field) => !this.fields.includes(field));
    if (stranger !== undefined) throw new BatchRecordError(line, stranger, 'is no field of the first record');
    if (this.operation !== 'CREATE') this.demandAll(record);
    const values = this.chosen.map((column) => this.valueOf(column, record));
    this.rows.add(this.chosen, values);
  }

  private choose(record: InputRecord): readonly BatchColumn[] {
    const columns = this.columnsOf(record);
    this.fields = columns.map(({ field }) => field);
    return columns;
  }

  /** A field that is left out would be taken for null, and overwrite what is there. */
  private demandAll({ line, value }: InputRecord): void {
    const missing = this.fields.find((field) => !Object.hasOwn(value, field));
    if (missing !== undefined)
      throw new BatchRecordError(line, missing, 'is missing: the first record has it');
  }

  private columnsOf({
    line: recordLine,
    fieldsLine: line = recordLine,
    value,
  }: InputRecord): readonly BatchColumn[] {
    const { columns, keyColumns } = this.target;
    const chosen = Object.keys(value).map((field) => {
      const column = columns.find((candidate) => candidate.field === field);
      if (column === undefined) {
        const names = columns.map((candidate) => candidate.field).join(', ');
        throw new BatchRecordError(line, field, `is none of ${names}`);
      }
      return column;
    });
    const needed = columns.filter((column) => this.isNeeded(column, keyColumns));
    const missing = needed.find((column) => !chosen.includes(column));
    if (missing !== undefined)
      throw new BatchRecordError(line, missing.field, `is needed for ${this.operation}`);
    const isKey = ({ column }: BatchColumn): boolean => keyColumns.includes(column);
    if (this.operation === 'UPDATE' && chosen.every(isKey)) {
      throw new BatchRecordError(line, '', 'has no field to be changed');
    }
    if (this.operation === 'DELETE' && !chosen.every(isKey)) {
      throw new BatchRecordError(line, '', 'has more than the key of what is to be deleted');
    }
    return chosen;
  }

  private isNeeded({ column, isRequired = false }: BatchColumn, keyColumns: readonly string[]): boolean {
    if (this.operation === 'CREATE') return isRequired;
    return keyColumns.includes(column) || (this.operation === 'UPSERT' && isRequired);
  }

  private valueOf(column: BatchColumn, { line, value }: InputRecord): string | null {
    try {
      const encoded = encodeValue(column, value[column.field]);
      if (
        encoded === null &&
        (column.isRequired === true || this.target.keyColumns.includes(column.column))
      ) {
        throw new ColumnValueError('must have a value');
      }
      return encoded;
    } catch (error) {
      if (error instanceof ColumnValueError) throw new BatchRecordError(line, column.field, error.message);
      throw error;
    }
  }
}
