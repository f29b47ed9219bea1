import { LayoutFullError, RegionOutsideError, RegionOverlapError } from '../errors.js';
import { type Grid, isInside, overlap } from './rectangle.js';
import type { Region, RegionChange } from './region.js';

/** Regions that a layout has room for. */
export const MOST_REGIONS = 200;

/**
 * Refuses changes after which a layout would not be sound: regions on the grid, none over another, not too many.
 * @param regions all of the layout as they are now
 * @throws RegionOutsideError LAYOUT_REGION_OUTSIDE
 * @throws RegionOverlapError LAYOUT_REGION_OVERLAP
 * @throws LayoutFullError LAYOUT_FULL
 */
export function refuseUnsound(
  grid: Grid,
  regions: readonly Region[],
  changes: readonly RegionChange[],
): void {
  const changed = new Map(changes.map((change) => [change.regionId, change.after]));
  const kept = regions.filter(({ id }) => !changed.has(id));
  const made = new Set(changes.flatMap(({ regionId, before }) => (before === null ? [regionId] : [])));
  const placed = [...changed].flatMap(([id, after]) => (after === null ? [] : [{ id, ...after }]));
  if (kept.length + placed.length > MOST_REGIONS) throw new LayoutFullError(MOST_REGIONS);
  for (const [index, place] of placed.entries()) {
    if (!isInside(place, grid)) throw new RegionOutsideError(place, grid);
    const inTheWay = [...kept, ...placed.slice(0, index)].find((other) => overlap(place, other));
    if (inTheWay === undefined) continue;
    // The id of what is refused was never there, and nobody can look it up.
    const id = made.has(inTheWay.id) ? null : inTheWay.id;
    throw new RegionOverlapError(place, { ...inTheWay, id });
  }
}
