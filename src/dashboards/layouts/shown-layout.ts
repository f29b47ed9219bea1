import type { Layout, LayoutWithRegions } from './layout.js';
import type { Region } from './region.js';

/** A layout as it is shown and kept: JSON through and through. */
export interface ShownLayout extends Omit<Layout, 'tenantId' | 'createdAt' | 'updatedAt'> {
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** The same with all of its regions, by id. */
export interface ShownLayoutWithRegions extends ShownLayout {
  readonly regions: readonly Region[];
}

export function showLayout(layout: Layout): ShownLayout {
  const { id, name, columns, rows, version, lastOperation, createdBy, createdAt, updatedAt } = layout;
  const times = { createdAt: createdAt.toISOString(), updatedAt: updatedAt.toISOString() };
  return { id, name, columns, rows, version, lastOperation, createdBy, ...times };
}

export function showWithRegions({ regions, ...layout }: LayoutWithRegions): ShownLayoutWithRegions {
  return { ...showLayout(layout), regions };
}
