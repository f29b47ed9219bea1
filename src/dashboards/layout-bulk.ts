import { Injectable } from '@nestjs/common';
import { changeFields, regionOf } from './layout-regions.js';
import type { BulkInput, RegionsImport } from './layouts/layout-input.js';
import { LayoutEditor } from './layouts/layout-editor.js';
import type { Edited, LayoutCaller, CurrentLayout } from './layouts/layout-wish.js';
import { type RegionChange, stateOf } from './layouts/region.js';

/** Changes many regions of a layout at once: all of it or nothing, one operation, one step of undo. */
@Injectable()
export class LayoutBulk {
  constructor(private readonly editor: LayoutEditor) {}

  /** @throws LayoutNotFoundError, RegionNotFoundError, RegionVersionError, and whatever a single change throws */
  change(caller: LayoutCaller, layoutId: string, bulk: BulkInput): Promise<Edited> {
    return this.editor.edit(caller, {
      ...{ layoutId, kind: 'bulk', layoutVersion: bulk.version, newRegions: bulk.create.length },
      plan: (current) => ({ changes: changesOf(bulk, current) }),
    });
  }

  /** Puts other regions in the place of all of a layout's. @throws as change */
  replaceAll(
    caller: LayoutCaller,
    layoutId: string,
    { regions: wanted, version }: RegionsImport,
  ): Promise<Edited> {
    return this.editor.edit(caller, {
      ...{ layoutId, kind: 'import', layoutVersion: version, newRegions: wanted.length },
      plan: ({ regions, takeId }) => ({
        changes: [
          ...regions.map((region) => ({ regionId: region.id, before: stateOf(region), after: null })),
          ...wanted.map((region) => ({ regionId: takeId(), before: null, after: stateOf(region) })),
        ],
      }),
    });
  }
}

function changesOf(bulk: BulkInput, current: CurrentLayout): RegionChange[] {
  const updates = bulk.update.flatMap(({ id: regionId, version, ...fields }) => {
    const change = changeFields(regionOf(current, { regionId, version }), fields);
    return change === undefined ? [] : [change];
  });
  const deletions = bulk.delete.map(({ id: regionId, version }) => {
    const region = regionOf(current, { regionId, version });
    return { regionId, before: stateOf(region), after: null };
  });
  const creations = bulk.create.map((region) => ({
    ...{ regionId: current.takeId(), before: null, after: stateOf(region) },
  }));
  return [...deletions, ...updates, ...creations];
}
