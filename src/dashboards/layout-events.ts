import { EventType } from '../platform/events/index.js';
import type { OperationKind } from './layouts/operation.js';
import type { Region } from './layouts/region.js';

/** What an operation made of the regions of a layout. */
export interface LayoutChange {
  readonly tenantId: string;
  readonly layoutId: string;
  /** Of the operation: without gaps per layout, from 1. It is the version of every region here. */
  readonly number: number;
  /** Of the layout after it. */
  readonly layoutVersion: number;
  /** Id of the key that asked for it. */
  readonly actor: string;
  readonly kind: OperationKind;
  readonly at: Date;
  /** Regions as they are after it; null: gone. */
  readonly changes: readonly { readonly regionId: string; readonly region: Region | null }[];
}

/** Which layout was changed itself: its name, its grid, or that it is there. */
export interface LayoutTouched {
  readonly tenantId: string;
  readonly layoutId: string;
}

/** A layout itself was changed, deleted or restored by this instance, or may have been: look what it is now. */
export const LAYOUT_TOUCHED = new EventType<LayoutTouched>('dashboards.layout-touched');

/** Regions were changed by this instance, and that is committed. In the order of the numbers, per layout. */
export const REGION_CHANGED = new EventType<LayoutChange>('dashboards.region-changed');
