import type { Queryable } from '../../platform/database/index.js';
import { parseCopyLine } from '../input/copy-text.js';
import type { DeadLetter } from '../queue/dead-letter.repository.js';
import type { BatchColumn, BatchOperation, BatchTarget } from '../targets/batch-target.js';
import type { Chunk, ChunkOutcome, ChunkSource, RecordFault } from './chunk.js';
import type { TableRepository } from './table.repository.js';
import { splitLines, type UploadRows } from './upload-rows.js';

/** What uploaded records are for. */
export interface UploadWork {
  readonly operation: BatchOperation;
  readonly target: BatchTarget;
  /** Of the staged lines, in their order, after the tenant. */
  readonly columns: readonly BatchColumn[];
  readonly tables: TableRepository;
  readonly rows: UploadRows;
  /** First row that belongs to the next partition. */
  readonly end: number;
}

/** Along the rows of an upload: the cursor is the number of the next one. */
export class UploadSource implements ChunkSource {
  constructor(private readonly work: UploadWork) {}

  async next(cursor: string, size: number): Promise<Chunk> {
    const from = Number(cursor);
    const to = Math.min(this.work.end, from + size);
    return new UploadChunk(this.work, from, to, await this.work.rows.read(from, to));
  }
}

class UploadChunk implements Chunk {
  readonly letters: DeadLetter[] = [];
  /** Once a record is left out: the others, each with its row. */
  private kept: { readonly row: number; readonly line: Buffer }[] | undefined;

  constructor(
    private readonly work: UploadWork,
    private readonly from: number,
    private readonly to: number,
    private readonly buffers: readonly Buffer[],
  ) {}

  get isDivisible(): boolean {
    return this.to - this.from > 1;
  }

  async run(tx: Queryable): Promise<ChunkOutcome> {
    const { end } = this.work;
    const processed = this.to - this.from;
    const written = await this.write(tx);
    return { processed, written, to: String(this.to), isDone: this.to >= end };
  }

  exclude({ line, sqlState, constraint, column, message }: RecordFault): boolean {
    const kept =
      this.kept ?? splitLines(this.buffers).map((text, at) => ({ row: this.from + at, line: text }));
    const at = line === undefined ? (kept.length === 1 ? 0 : undefined) : line - 1;
    const bad = at === undefined ? undefined : kept[at];
    if (bad === undefined) return false;
    this.kept = kept.filter((row) => row !== bad);
    this.letters.push({
      record: bad.row + 1,
      sqlState,
      constraint: constraint ?? null,
      column: column ?? null,
      reason: message,
      payload: this.payloadOf(bad.line),
    });
    return true;
  }

  private async write(tx: Queryable): Promise<number> {
    const { operation, target, columns, tables } = this.work;
    const lines = this.kept?.map(({ line }) => line) ?? this.buffers;
    const count = this.kept?.length ?? this.to - this.from;
    if (count === 0) return 0;
    if (operation === 'CREATE') {
      demandAll(count, await tables.copyInto(tx, target, columns, lines));
      return count;
    }
    demandAll(count, await tables.stage(tx, target, columns, lines));
    if (operation === 'UPSERT') return tables.upsertStaged(tx, target, columns);
    if (operation === 'DELETE') return tables.deleteStaged(tx, target);
    return tables.updateStaged(tx, target, columns);
  }

  /** The record as it was sent; its tenant is nobody's news. */
  private payloadOf(line: Buffer): DeadLetter['payload'] {
    const [, ...values] = parseCopyLine(line.toString('utf8').replace(/\n$/, ''));
    return Object.fromEntries(this.work.columns.map(({ field }, index) => [field, values[index] ?? null]));
  }
}

/** What was counted when it was received must be what is written: the database is asked, not trusted. */
function demandAll(count: number, sent: number): void {
  if (sent !== count)
    throw new TypeError(`${sent} records were sent instead of ${count}: the input is not whole`);
}
