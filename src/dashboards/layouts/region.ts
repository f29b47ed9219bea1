import type { Rectangle } from './rectangle.js';

/** What people change of a region. */
export interface RegionState extends Rectangle {
  readonly title: string;
  /** What is shown there: names a kind of the page. */
  readonly kind: string;
  readonly content: Readonly<Record<string, unknown>>;
}

/** A part of a layout. */
export interface Region extends RegionState {
  readonly id: string;
  /** Number of the operation that changed it last: rises with each change, also over being deleted and restored. */
  readonly version: number;
}

/** What one operation did to one region; null: it was not there. */
export interface RegionChange {
  readonly regionId: string;
  readonly before: RegionState | null;
  readonly after: RegionState | null;
}

/** Fields of a region that can differ. */
export const REGION_FIELDS = ['x', 'y', 'width', 'height', 'title', 'kind', 'content'] as const;

/** A region without what is not changed by people. */
export function stateOf({ x, y, width, height, title, kind, content }: RegionState): RegionState {
  return { x, y, width, height, title, kind, content };
}
