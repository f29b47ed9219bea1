import { Injectable } from '@nestjs/common';
import { isDeepStrictEqual } from 'node:util';
import { RegionNotFoundError, RegionVersionError } from './errors.js';
import { regionAfter } from './layouts/layout-change.js';
import { LayoutEditor } from './layouts/layout-editor.js';
import type { Edited, LayoutCaller, CurrentLayout, OperationPlan } from './layouts/layout-wish.js';
import { type Region, type RegionChange, stateOf } from './layouts/region.js';
import type { RegionFields, RegionInput } from './layouts/region-input.js';

/** Which region, and the version that its change is based on; absent: whatever it is by now. */
export interface RegionTarget {
  readonly layoutId: string;
  readonly regionId: string;
  readonly version?: number | undefined;
}

/** What became of a region. */
export interface RegionOutcome {
  readonly regionId: string;
  /** As it is now; null: gone. */
  readonly region: Region | null;
  /** Number of the operation; that of the latest one when nothing had to be changed. */
  readonly operation: number;
  readonly layoutVersion: number;
}

/**
 * Changes regions one at a time. Every change is committed, and cached layouts are invalidated, when it returns.
 * All methods throw LayoutNotFoundError LAYOUT_NOT_FOUND, also for layouts of other tenants.
 */
@Injectable()
export class LayoutRegions {
  constructor(private readonly editor: LayoutEditor) {}

  /**
   * @param layoutVersion that of the layout it is based on; absent: whatever it is by now
   * @throws RegionOutsideError, RegionOverlapError, LayoutFullError, RegionVersionError
   */
  async create(
    caller: LayoutCaller,
    layoutId: string,
    input: RegionInput,
    layoutVersion?: number,
  ): Promise<RegionOutcome> {
    const edited = await this.editor.edit(caller, {
      ...{ layoutId, kind: 'create', layoutVersion, newRegions: 1 },
      plan: ({ takeId }) => planOf({ regionId: takeId(), before: null, after: stateOf(input) }),
    });
    const regionId = edited.changes.map((change) => change.regionId).join();
    return outcomeOf(edited, regionId, null);
  }

  /**
   * Changes the fields that are given.
   * @throws RegionNotFoundError LAYOUT_REGION_NOT_FOUND
   * @throws RegionVersionError LAYOUT_VERSION_CONFLICT, with the region as it is
   * @throws RegionOutsideError, RegionOverlapError
   */
  async update(caller: LayoutCaller, target: RegionTarget, fields: RegionFields): Promise<RegionOutcome> {
    let unchanged: Region | null = null;
    const edited = await this.editor.edit(caller, {
      ...{ layoutId: target.layoutId, kind: 'update' },
      plan: (current) => {
        const region = regionOf(current, target);
        unchanged = region;
        return planOf(changeFields(region, fields));
      },
    });
    return outcomeOf(edited, target.regionId, unchanged);
  }

  /**
   * Undo brings it back.
   * @throws RegionNotFoundError LAYOUT_REGION_NOT_FOUND
   * @throws RegionVersionError LAYOUT_VERSION_CONFLICT, with the region as it is
   */
  async delete(caller: LayoutCaller, target: RegionTarget): Promise<RegionOutcome> {
    const edited = await this.editor.edit(caller, {
      ...{ layoutId: target.layoutId, kind: 'delete' },
      plan: (current) => {
        const region = regionOf(current, target);
        return planOf({ regionId: region.id, before: stateOf(region), after: null });
      },
    });
    return outcomeOf(edited, target.regionId, null);
  }
}

/** The change of a region, by fields that are given; undefined when they are as they were. */
export function changeFields(region: Region, fields: RegionFields): RegionChange | undefined {
  const before = stateOf(region);
  const given = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
  const after = stateOf({ ...before, ...given });
  return isDeepStrictEqual(before, after) ? undefined : { regionId: region.id, before, after };
}

/** @throws RegionNotFoundError, RegionVersionError */
export function regionOf(
  { layout, regions }: Pick<CurrentLayout, 'layout' | 'regions'>,
  { regionId, version }: Pick<RegionTarget, 'regionId' | 'version'>,
): Region {
  const region = regions.find(({ id }) => id === regionId);
  if (region === undefined) throw new RegionNotFoundError(layout.id, regionId);
  if (version !== undefined && version !== region.version)
    throw new RegionVersionError('region', version, region);
  return region;
}

function planOf(change: RegionChange | undefined): OperationPlan {
  return { changes: change === undefined ? [] : [change] };
}

function outcomeOf(
  { changes, number, layoutVersion }: Edited,
  regionId: string,
  unchanged: Region | null,
): RegionOutcome {
  const [change] = changes;
  const region = change === undefined ? unchanged : regionAfter(change, number);
  return { regionId, region, operation: number, layoutVersion };
}
