import type { Queryable } from '../../platform/database/index.js';
import type { DeadLetter } from '../queue/dead-letter.repository.js';

/** What a chunk did, inside its transaction. */
export interface ChunkOutcome {
  readonly processed: number;
  readonly written: number;
  /** Where the cursor stands after it. */
  readonly to: string;
  readonly isDone: boolean;
}

/** What the database said of a record. */
export interface RecordFault {
  readonly sqlState: string;
  readonly constraint?: string;
  readonly column?: string;
  readonly message: string;
  /** Of what was sent by COPY, from 1. */
  readonly line?: number;
}

/** The next records of a partition, ready to be written. */
export interface Chunk {
  /** More than one record: it can be divided when one of them is bad and nobody knows which. */
  readonly isDivisible: boolean;
  /** Records that were found bad in it so far. */
  readonly letters: readonly DeadLetter[];
  /** The data's part of the transaction. */
  run(tx: Queryable): Promise<ChunkOutcome>;
  /** Leaves the bad record out from now on. False when nobody knows which it is. */
  exclude(fault: RecordFault): boolean;
}

/** One way along a partition. */
export interface ChunkSource {
  /** At most `size` records after `cursor`. */
  next(cursor: string, size: number): Promise<Chunk>;
}
