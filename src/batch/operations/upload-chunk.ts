import type { Queryable } from '../../platform/database/index.js';
import { copyFileOf, splitRows, valuesOf } from '../input/copy-rows.js';
import type { DeadLetter } from '../queue/dead-letter.repository.js';
import type { BatchColumn, BatchOperation, BatchTarget } from '../targets/batch-target.js';
import type { Chunk, ChunkOutcome, ChunkSource, RecordFault } from './chunk.js';
import type { TableRepository } from './table.repository.js';
import type { RowImports } from './row-imports.js';
import type { UploadRows } from './upload-rows.js';

/** What uploaded records are for. */
export interface UploadWork {
  readonly tenantId: string;
  readonly operation: BatchOperation;
  readonly target: BatchTarget;
  /** Of the staged rows, in their order, after the tenant. */
  readonly columns: readonly BatchColumn[];
  readonly tables: TableRepository;
  readonly imports: RowImports;
  readonly rows: UploadRows;
  /** First row that belongs to the next partition. */
  readonly end: number;
}

/** What earlier chunks have shown. */
interface Seen {
  /** Records with the same key in one chunk: only then is it worth looking for them. */
  hasDuplicates: boolean;
}

/** SQLSTATE of ON CONFLICT that meets a row twice. */
const CARDINALITY_VIOLATION = '21000';

/** Along the rows of an upload: the cursor is the number of the next one. */
export class UploadSource implements ChunkSource {
  private readonly seen: Seen = { hasDuplicates: false };

  constructor(private readonly work: UploadWork) {}

  async next(cursor: string, size: number): Promise<Chunk> {
    const from = Number(cursor);
    const { end, rows: source } = this.work;
    const { rows, to } = await source.read(from, Math.min(end, from + size));
    const written = await this.writtenFor(rows);
    return new UploadChunk({ ...this.work, seen: this.seen }, { from, to, staged: rows, written });
  }

  /** Before the transaction: who translates may ask the database too, on another connection. */
  private async writtenFor(staged: readonly Buffer[]): Promise<readonly Buffer[]> {
    const { tenantId, operation, target, columns, imports } = this.work;
    const { importer } = target;
    if (operation !== 'CREATE' || importer === undefined) return staged;
    return imports.translate(importer, tenantId, columns, staged);
  }
}

/** Rows of an upload, `from` to `to` (exclusive): as they are staged, and as they are written. */
interface UploadPart {
  readonly from: number;
  readonly to: number;
  readonly staged: readonly Buffer[];
  readonly written: readonly Buffer[];
}

/** A row that is not left out. */
interface KeptRow {
  readonly row: number;
  readonly staged: Buffer;
  readonly written: Buffer;
}

class UploadChunk implements Chunk {
  readonly letters: DeadLetter[] = [];
  /** Once a record is left out: the others. */
  private kept: KeptRow[] | undefined;

  constructor(
    private readonly work: UploadWork & { readonly seen: Seen },
    private readonly part: UploadPart,
  ) {}

  get isDivisible(): boolean {
    return this.part.to - this.part.from > 1;
  }

  async run(tx: Queryable): Promise<ChunkOutcome> {
    const { end } = this.work;
    const processed = this.part.to - this.part.from;
    const written = await this.write(tx);
    return { processed, written, to: String(this.part.to), isDone: this.part.to >= end };
  }

  exclude({ line, sqlState, constraint, column, message }: RecordFault): boolean {
    if (sqlState === CARDINALITY_VIOLATION) return this.expectDuplicates();
    const kept = this.kept ?? this.split();
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
      payload: this.payloadOf(bad.staged),
    });
    return true;
  }

  private async write(tx: Queryable): Promise<number> {
    const { operation, target, columns, tables, seen } = this.work;
    const file = copyFileOf(this.kept?.map(({ written }) => written) ?? this.part.written);
    const count = this.kept?.length ?? this.part.to - this.part.from;
    if (count === 0) return 0;
    if (operation === 'CREATE') {
      const { importer } = target;
      const isImported = importer !== undefined;
      demandAll(
        count,
        await (isImported
          ? tables.copyImported(tx, importer, file)
          : tables.copyInto(tx, target, columns, file)),
      );
      return count;
    }
    demandAll(count, await tables.stage(tx, target, columns, file));
    if (operation === 'UPSERT') return tables.upsertStaged(tx, target, columns, seen.hasDuplicates);
    if (operation === 'DELETE') return tables.deleteStaged(tx, target);
    return tables.updateStaged(tx, target, columns);
  }

  private split(): KeptRow[] {
    const written = splitRows(this.part.written);
    return splitRows(this.part.staged).flatMap((staged, at) => {
      const row = written[at];
      return row === undefined ? [] : [{ row: this.part.from + at, staged, written: row }];
    });
  }

  /** True when it was not known before: it is worth another try. */
  private expectDuplicates(): boolean {
    const { seen } = this.work;
    const isNews = !seen.hasDuplicates;
    seen.hasDuplicates = true;
    return isNews;
  }

  /** The values that were sent; their tenant is nobody's news. */
  private payloadOf(row: Buffer): DeadLetter['payload'] {
    const { columns } = this.work;
    const values = valuesOf(row, columns);
    return Object.fromEntries(columns.map(({ field }, index) => [field, values[index] ?? null]));
  }
}

/** What was counted when it was received must be what is written: the database is asked, not trusted. */
function demandAll(count: number, sent: number): void {
  if (sent !== count)
    throw new TypeError(`${sent} records were sent instead of ${count}: the input is not whole`);
}
