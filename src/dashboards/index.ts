export type { DashboardsCaller, RecordedChange } from './caller.js';
export { Dashboards } from './dashboards.js';
export { DashboardsModule } from './dashboards.module.js';
export {
  DashboardLimitError,
  DashboardNameTakenError,
  DashboardNotFoundError,
  DashboardOwnerError,
  DashboardReadOnlyError,
  DashboardVersionError,
  LayoutBusyError,
  LayoutFullError,
  LayoutLimitError,
  LayoutNameTakenError,
  LayoutNotFoundError,
  NothingToUndoError,
  RegionNotFoundError,
  RegionOutsideError,
  RegionOverlapError,
  RegionVersionError,
  UndoConflictError,
} from './errors.js';
export { Version } from './fields.js';
export { LayoutBulk } from './layout-bulk.js';
export { LAYOUT_TOUCHED, type LayoutChange, type LayoutTouched, REGION_CHANGED } from './layout-events.js';
export { type FedChanges, LayoutFeed } from './layout-feed.js';
export { LayoutRegions, type RegionOutcome, type RegionTarget } from './layout-regions.js';
export { LayoutSteps, type StepTarget } from './layout-steps.js';
export { type ExportedLayout, LayoutTransfer } from './layout-transfer.js';
export { Layouts } from './layouts.js';
export type { Layout } from './layouts/layout.js';
export {
  BulkInput,
  LayoutImport,
  LayoutInput,
  LayoutPatch,
  RegionsImport,
  StepInput,
} from './layouts/layout-input.js';
export type { Edited, LayoutCaller } from './layouts/layout-wish.js';
export type { OperationKind, OperationOutline } from './layouts/operation.js';
export type { LayoutHead } from './layouts/operation.repository.js';
export type { Region } from './layouts/region.js';
export { RegionFields, RegionInput, RegionPatch } from './layouts/region-input.js';
export type { FoundRegion } from './layouts/region-search.repository.js';
export type { ShownLayout, ShownLayoutWithRegions } from './layouts/shown-layout.js';
export { RegionSearch } from './region-search.js';
export type { Dashboard } from './saved/dashboard.js';
export { DashboardInput, DashboardPatch, DashboardReplacement } from './saved/dashboard-input.js';
