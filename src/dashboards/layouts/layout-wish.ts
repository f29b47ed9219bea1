import type { Queryable } from '../../platform/database/index.js';
import type { Layout } from './layout.js';
import type { OperationKind } from './operation.js';
import type { Region, RegionChange } from './region.js';

/** Who changes a layout. */
export interface LayoutCaller {
  readonly tenantId: string;
  /** Id of the key. */
  readonly actor: string;
}

/** A layout as it is when the operation is done: if it is not any more, the operation is planned anew. */
export interface CurrentLayout {
  readonly layout: Layout;
  readonly regions: readonly Region[];
  /** An id for a region that is to be made. */
  readonly takeId: () => string;
  /** Where earlier operations are read: by wishes about the history alone. */
  readonly source: Queryable;
}

/** What an operation is to do, found out from the layout as it is. */
export interface OperationPlan {
  readonly changes: readonly RegionChange[];
  readonly takesBack?: number;
}

/** A change of regions that somebody wishes for. */
export interface Wish {
  readonly layoutId: string;
  readonly kind: OperationKind;
  /** Version of the layout that it is based on; absent: whatever it is by now. */
  readonly layoutVersion?: number | undefined;
  /** Regions that it makes, at the most. */
  readonly newRegions?: number;
  /** Its plan reads earlier operations: they must have been written. */
  readonly isAboutHistory?: boolean;
  readonly plan: (current: CurrentLayout) => OperationPlan | Promise<OperationPlan>;
}

/** What was done. */
export interface Edited extends LayoutCaller {
  readonly layoutId: string;
  /** Of the operation: the version of every region that it changed. The latest one when there was nothing to do. */
  readonly number: number;
  readonly layoutVersion: number;
  readonly kind: OperationKind;
  /** Empty when there was nothing to do; then there is no operation. */
  readonly changes: readonly RegionChange[];
  readonly takesBack: number | null;
  readonly at: Date;
}
