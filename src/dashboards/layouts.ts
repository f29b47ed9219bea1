import { Injectable } from '@nestjs/common';
import { Clock } from '../kernel/clock.js';
import { isRowId, type Page, type PageRequest } from '../kernel/page.js';
import { Database, type Queryable } from '../platform/database/index.js';
import type { DashboardsCaller } from './caller.js';
import {
  isRefusal,
  LayoutLimitError,
  LayoutNameTakenError,
  LayoutNotFoundError,
  RegionOutsideError,
  RegionVersionError,
} from './errors.js';
import { KeptLayouts } from './keeping/kept-layouts.js';
import type { Layout } from './layouts/layout.js';
import type { LayoutInput, LayoutPatch } from './layouts/layout-input.js';
import { LayoutEffects } from './layouts/layout-effects.js';
import { type LayoutFilter, LayoutRepository } from './layouts/layout.repository.js';
import {
  showLayout,
  type ShownLayout,
  type ShownLayoutWithRegions,
  showWithRegions,
} from './layouts/shown-layout.js';
import { lockTenant } from './tenant-lock.repository.js';

/** Layouts of one tenant. */
const MOST_LAYOUTS = 50_000;

/** Which layout, and the version that its change is based on; absent: whatever it is by now. */
interface LayoutTarget {
  readonly id: string;
  readonly version?: number | undefined;
}

/** The layouts themselves; their regions are changed by LayoutRegions and LayoutSteps. */
@Injectable()
export class Layouts {
  constructor(
    private readonly db: Database,
    private readonly layouts: LayoutRepository,
    private readonly kept: KeptLayouts,
    private readonly effects: LayoutEffects,
    private readonly clock: Clock,
  ) {}

  /** Newest first. */
  async list(filter: LayoutFilter, page: PageRequest): Promise<Page<ShownLayout>> {
    const { items, nextCursor } = await this.layouts.list(filter, page);
    return { items: items.map(showLayout), nextCursor };
  }

  /** With its regions, from the cache when it is there. @throws LayoutNotFoundError LAYOUT_NOT_FOUND */
  async get(tenantId: string, id: string): Promise<ShownLayoutWithRegions> {
    const layout = isRowId(id) ? await this.kept.read({ tenantId, layoutId: id }) : undefined;
    if (layout === undefined) throw new LayoutNotFoundError(id);
    return layout;
  }

  /** @throws LayoutNameTakenError LAYOUT_NAME_TAKEN, LayoutLimitError LAYOUT_LIMIT_REACHED */
  create(caller: DashboardsCaller, input: LayoutInput): Promise<ShownLayoutWithRegions> {
    return this.db.transaction(async (transaction) =>
      showWithRegions({ ...(await this.add(transaction, caller, input)), regions: [] }),
    );
  }

  /** The same within a transaction of the caller's. */
  async add(transaction: Queryable, caller: DashboardsCaller, input: LayoutInput): Promise<Layout> {
    const { tenantId, actor: createdBy } = caller;
    await lockTenant(transaction, tenantId);
    await this.refuseOneMore(transaction, tenantId);
    const owner = { tenantId, createdBy, at: this.clock.now() };
    const layout = await this.layouts.insert(transaction, owner, input);
    if (layout === undefined) throw new LayoutNameTakenError(input.name);
    await record(transaction, caller, 'layout.created', layout);
    return layout;
  }

  /**
   * Changes its name or its grid.
   * @throws LayoutNotFoundError, RegionVersionError, LayoutNameTakenError
   * @throws RegionOutsideError LAYOUT_REGION_OUTSIDE when a region would not lie on the new grid
   */
  change(caller: DashboardsCaller, id: string, { version, ...patch }: LayoutPatch): Promise<ShownLayout> {
    return this.modify(caller, { id, version }, async (transaction, before) => {
      const { name = before.name, columns = before.columns, rows = before.rows } = patch;
      const wish = { name, columns, rows, at: this.clock.now() };
      if (await this.layouts.isTaken(transaction, caller.tenantId, wish.name, id))
        throw new LayoutNameTakenError(wish.name);
      const outside = await this.layouts.outside(transaction, id, wish);
      if (outside !== undefined) throw new RegionOutsideError(outside, wish);
      const layout = (await this.layouts.update(transaction, id, wish)) ?? before;
      await record(transaction, caller, 'layout.updated', layout);
      return layout;
    });
  }

  /**
   * It can be restored for 30 days.
   * @throws LayoutNotFoundError, RegionVersionError
   */
  async delete(caller: DashboardsCaller, id: string, version?: number): Promise<void> {
    await this.modify(caller, { id, version }, async (transaction, layout) => {
      const now = this.clock.now();
      await this.layouts.markDeleted(transaction, id, now, now);
      await record(transaction, caller, 'layout.deleted', layout);
      return layout;
    });
  }

  /**
   * Brings back one that was deleted.
   * @throws LayoutNotFoundError, RegionVersionError, LayoutNameTakenError, LayoutLimitError
   */
  async restore(caller: DashboardsCaller, id: string, version?: number): Promise<ShownLayoutWithRegions> {
    const { tenantId } = caller;
    await this.db.transaction(async (transaction) => {
      const layout = await this.lockOf(transaction, tenantId, { id, version }, true);
      await this.refuseOneMore(transaction, tenantId);
      if (await this.layouts.isTaken(transaction, tenantId, layout.name, id))
        throw new LayoutNameTakenError(layout.name);
      await this.layouts.markDeleted(transaction, id, null, this.clock.now());
      await record(transaction, caller, 'layout.restored', layout);
    });
    await this.effects.touched({ tenantId, layoutId: id });
    return this.get(tenantId, id);
  }

  private async modify(
    { tenantId }: DashboardsCaller,
    target: LayoutTarget,
    work: (transaction: Queryable, before: Layout) => Promise<Layout>,
  ): Promise<ShownLayout> {
    try {
      const layout = await this.db.transaction(async (transaction) => {
        const before = await this.lockOf(transaction, tenantId, target, false);
        return showLayout(await work(transaction, before));
      });
      await this.effects.touched({ tenantId, layoutId: target.id });
      return layout;
    } catch (error) {
      // A commit may have gone through all the same; what was refused has changed nothing, and may be of others.
      if (!isRefusal(error)) await this.effects.touched({ tenantId, layoutId: target.id });
      throw error;
    }
  }

  private async lockOf(
    transaction: Queryable,
    tenantId: string,
    { id, version }: LayoutTarget,
    isDeleted: boolean,
  ): Promise<Layout> {
    await lockTenant(transaction, tenantId);
    const layout = isRowId(id) ? await this.layouts.lock(transaction, tenantId, id, isDeleted) : undefined;
    if (layout === undefined) throw new LayoutNotFoundError(id);
    if (version !== undefined && version !== layout.version)
      throw new RegionVersionError('layout', version, showLayout(layout));
    return layout;
  }

  private async refuseOneMore(transaction: Queryable, tenantId: string): Promise<void> {
    const count = await this.layouts.count(transaction, tenantId, MOST_LAYOUTS);
    if (count >= MOST_LAYOUTS) throw new LayoutLimitError(MOST_LAYOUTS);
  }
}

function record(
  transaction: Queryable,
  caller: DashboardsCaller,
  action: string,
  { id, name, columns, rows }: Layout,
): Promise<void> {
  return caller.record(transaction, { action, subject: id, details: { name, columns, rows } });
}
