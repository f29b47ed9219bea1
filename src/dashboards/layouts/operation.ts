import type { RegionChange, RegionState } from './region.js';

/** What an operation was asked for as. */
export type OperationKind = 'create' | 'update' | 'delete' | 'bulk' | 'import' | 'undo' | 'redo';

/** What somebody did to a layout's regions, all of it or nothing; numbered per layout without gaps, from 1. */
export interface Operation {
  readonly number: number;
  /** Id of the key that asked for it. */
  readonly actor: string;
  readonly kind: OperationKind;
  readonly changes: readonly RegionChange[];
  /** Version of the layout after it. */
  readonly layoutVersion: number;
  /** Of an undo or redo: the number of the operation that it takes back. */
  readonly takesBack: number | null;
  /** The number of the operation that took it back. */
  readonly takenBackBy: number | null;
  readonly at: Date;
}

/** One that is not stored yet. */
export type NewOperation = Omit<Operation, 'takenBackBy'>;

/** A region's state, but for what it shows. */
type RegionOutline = Omit<RegionState, 'content'>;

/** An operation as a list shows it: without the contents of regions, which may be large. */
export interface OperationOutline extends Omit<Operation, 'changes'> {
  readonly changes: readonly {
    readonly regionId: string;
    readonly before: RegionOutline | null;
    readonly after: RegionOutline | null;
    /** Whether what it shows is another thing afterwards. */
    readonly isContentChanged: boolean;
  }[];
}
