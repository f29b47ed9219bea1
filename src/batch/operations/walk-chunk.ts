import type { Queryable } from '../../platform/database/index.js';
import type { Chunk, ChunkOutcome, ChunkSource } from './chunk.js';
import type { At, Selection, Step } from './table.repository.js';

/** Does its work to at most `size` rows of a selection. */
export type WalkStep = (tx: Queryable, at: At) => Promise<Step>;

/** Along the walk column of a table: the cursor is its last value that was looked at. */
export class WalkSource implements ChunkSource {
  constructor(
    private readonly selection: Omit<Selection, 'after'>,
    private readonly step: WalkStep,
  ) {}

  next(cursor: string, size: number): Promise<Chunk> {
    const from = { ...this.selection, after: cursor };
    const run = async (tx: Queryable): Promise<ChunkOutcome> => {
      const { last, walked, rows } = await this.step(tx, { from, size });
      const to = last ?? from.upTo;
      return { processed: walked, written: rows, to, isDone: to === from.upTo };
    };
    // A row that the database refuses here was not sent by anybody: it ends the job.
    return Promise.resolve({ isDivisible: false, letters: [], run, exclude: () => false });
  }
}
