export { DashboardsModule } from './dashboards.module.js';
export {
  LayoutFullError,
  LayoutNotFoundError,
  NothingToUndoError,
  RegionNotFoundError,
  RegionOutsideError,
  RegionOverlapError,
  RegionVersionError,
  UndoConflictError,
} from './errors.js';
export { type LayoutChange, REGION_CHANGED } from './layout-events.js';
export { LayoutFeed } from './layout-feed.js';
export { LayoutRegions, type RegionOutcome, type RegionTarget } from './layout-regions.js';
export type { Layout } from './layouts/layout.js';
export type { LayoutCaller } from './layouts/layout-editor.js';
export type { OperationKind } from './layouts/operation.js';
export type { Region } from './layouts/region.js';
export { RegionFields, RegionInput, RegionPatch } from './layouts/region-input.js';
