import { Injectable } from '@nestjs/common';
import { Clock } from '../kernel/clock.js';
import { Database } from '../platform/database/index.js';
import type { DashboardsCaller } from './caller.js';
import { Layouts } from './layouts.js';
import { LayoutDraft } from './layouts/layout-draft.js';
import type { LayoutImport } from './layouts/layout-input.js';
import { type RegionState, stateOf } from './layouts/region.js';
import { RegionIds } from './layouts/region-ids.js';
import { RegionRepository } from './layouts/region.repository.js';
import type { ShownLayoutWithRegions } from './layouts/shown-layout.js';
import { MOST_REGIONS } from './layouts/layout-state.js';

/** A layout without what only this server knows of it: it can be imported anywhere. */
export interface ExportedLayout {
  readonly format: 'plimsoll-layout';
  readonly formatVersion: 1;
  readonly name: string;
  readonly columns: number;
  readonly rows: number;
  readonly regions: readonly RegionState[];
}

/** Layouts as JSON. */
@Injectable()
export class LayoutTransfer {
  constructor(
    private readonly db: Database,
    private readonly layouts: Layouts,
    private readonly regions: RegionRepository,
    private readonly ids: RegionIds,
    private readonly clock: Clock,
  ) {}

  /** @throws LayoutNotFoundError LAYOUT_NOT_FOUND */
  async exportOf(tenantId: string, id: string): Promise<ExportedLayout> {
    const { name, columns, rows, regions } = await this.layouts.get(tenantId, id);
    const head = { format: 'plimsoll-layout', formatVersion: 1 } as const;
    return { ...head, name, columns, rows, regions: regions.map(stateOf) };
  }

  /**
   * Makes a layout of what was exported.
   * @throws LayoutNameTakenError, LayoutLimitError, RegionOverlapError, RegionOutsideError, LayoutFullError
   */
  async import(caller: DashboardsCaller, input: LayoutImport): Promise<ShownLayoutWithRegions> {
    const { tenantId } = caller;
    const wanted = input.regions;
    // One too many is refused by the draft; ids for more would be for nothing. Taken before there is a transaction:
    // whoever holds a connection must not wait for another one.
    const ids = await this.ids.take(Math.min(wanted.length, MOST_REGIONS + 1));
    const layoutId = await this.db.transaction(async (transaction) => {
      const layout = await this.layouts.add(transaction, caller, input);
      const draft = new LayoutDraft({ layout, regions: [] }, { ids, source: transaction });
      const wish = {
        ...{ layoutId: layout.id, kind: 'import' as const },
        plan: () => ({
          changes: ids.flatMap((regionId, index) => {
            const region = wanted[index];
            return region === undefined ? [] : [{ regionId, before: null, after: stateOf(region) }];
          }),
        }),
      };
      await draft.fulfil(caller, wish, this.clock.now());
      const written = { tenantId, layoutId: layout.id, version: layout.version };
      await this.regions.write(transaction, written, draft.operations);
      return layout.id;
    });
    return this.layouts.get(tenantId, layoutId);
  }
}
