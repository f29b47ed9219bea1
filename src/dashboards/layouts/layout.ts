import type { Grid } from './rectangle.js';
import type { Region } from './region.js';

/** A grid with regions on it, shared by a tenant's people. */
export interface Layout extends Grid {
  readonly id: string;
  readonly tenantId: string;
  readonly name: string;
  /** Rises with each change of the layout or of a region in it. */
  readonly version: number;
  /** Number of the latest operation on its regions; 0 before the first. */
  readonly lastOperation: number;
  readonly createdBy: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** A layout with all of its regions, by id. */
export interface LayoutWithRegions extends Layout {
  readonly regions: readonly Region[];
}
