import type { LayoutChange } from '../layout-events.js';
import type { Operation } from './operation.js';
import type { Region, RegionChange } from './region.js';

/** An operation that was done, as far as others are told of it. */
export interface DoneOperation extends Pick<
  Operation,
  'number' | 'layoutVersion' | 'actor' | 'kind' | 'at' | 'changes'
> {
  readonly tenantId: string;
  readonly layoutId: string;
}

/** What an operation made of the regions it changed. */
export function changeOf(operation: DoneOperation): LayoutChange {
  const { tenantId, layoutId, number, layoutVersion, actor, kind, at } = operation;
  const changes = operation.changes.map((change) => ({
    regionId: change.regionId,
    region: regionAfter(change, number),
  }));
  return { tenantId, layoutId, number, layoutVersion, actor, kind, at, changes };
}

/** The region that a change left; null: none. */
export function regionAfter({ regionId, after }: RegionChange, version: number): Region | null {
  return after === null ? null : { id: regionId, ...after, version };
}
