import { Injectable } from '@nestjs/common';
import { Clock } from '../../kernel/clock.js';
import { CopyRows, splitRows, valuesOf } from '../input/copy-rows.js';
import type { BatchColumn, BatchImporter } from '../targets/batch-target.js';

/** Records that are translated in one turn of the event loop: some 5 ms. */
const ROWS_PER_TURN = 1_000;

/** Makes rows of another table from staged records. */
@Injectable()
export class RowImports {
  constructor(private readonly clock: Clock) {}

  /** A row for each staged one, in their order. */
  async translate(
    importer: BatchImporter,
    tenantId: string,
    columns: readonly BatchColumn[],
    staged: readonly Buffer[],
  ): Promise<Buffer[]> {
    const rows = splitRows(staged);
    const imported = new CopyRows();
    for (let from = 0; from < rows.length; from += ROWS_PER_TURN) {
      if (from > 0) await this.clock.sleep(0);
      const records = rows.slice(from, from + ROWS_PER_TURN).map((row) => {
        const values = valuesOf(row, columns);
        return Object.fromEntries(columns.map(({ field }, index) => [field, values[index] ?? null]));
      });
      for (const values of await importer.rowsOf(tenantId, records)) imported.add(importer.columns, values);
    }
    return [imported.take().body];
  }
}
