import { isDeepStrictEqual } from 'node:util';
import { type Region, REGION_FIELDS, type RegionChange, stateOf } from './region.js';

/** The same change, backwards. */
export function inverseOf({ regionId, before, after }: RegionChange): RegionChange {
  return { regionId, before: after, after: before };
}

/**
 * What `change` makes of a region as it is now, beside what others did to it since: only the fields that the change
 * touches are touched, and only when they still are what the change starts from.
 * @param now null: it is not there
 * @returns null as `after`: it goes; undefined: it cannot be, because somebody else changed the same
 */
export function rebase(change: RegionChange, now: Region | null): RegionChange | undefined {
  const { regionId, before, after } = change;
  if (before === null) return now === null ? change : undefined;
  if (now === null) return undefined;
  const current = stateOf(now);
  // What goes must be all of it as it was: nobody's later words are lost with it.
  if (after === null) return isDeepStrictEqual(current, stateOf(before)) ? change : undefined;
  const touched = REGION_FIELDS.filter((field) => !isDeepStrictEqual(before[field], after[field]));
  if (touched.some((field) => !isDeepStrictEqual(current[field], before[field]))) return undefined;
  const changed = Object.fromEntries(touched.map((field) => [field, after[field]]));
  return { regionId, before: current, after: { ...current, ...changed } };
}
