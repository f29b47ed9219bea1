import { Injectable } from '@nestjs/common';
import { Clock } from '../../kernel/clock.js';
import { isRowId } from '../../kernel/page.js';
import { Database, type Queryable } from '../../platform/database/index.js';
import { LayoutNotFoundError, RegionVersionError } from '../errors.js';
import type { Layout } from './layout.js';
import { LayoutEffects } from './layout-effects.js';
import { LayoutRepository } from './layout.repository.js';
import { refuseUnsound } from './layout-state.js';
import type { OperationKind } from './operation.js';
import type { Region, RegionChange } from './region.js';
import { RegionRepository } from './region.repository.js';

/** Who changes a layout. */
export interface LayoutCaller {
  readonly tenantId: string;
  /** Id of the key. */
  readonly actor: string;
}

/** A layout as it is while nobody else changes it. */
export interface LockedLayout {
  readonly layout: Layout;
  readonly regions: readonly Region[];
  readonly transaction: Queryable;
}

/** What an operation is to do, found out when the layout is locked. */
export interface OperationPlan {
  readonly changes: readonly RegionChange[];
  readonly takesBack?: number;
}

/** A change of regions that somebody wishes for. */
export interface Wish {
  readonly layoutId: string;
  readonly kind: OperationKind;
  /** Version of the layout that it is based on; absent: whatever it is by now. */
  readonly layoutVersion?: number | undefined;
  readonly plan: (locked: LockedLayout) => OperationPlan | Promise<OperationPlan>;
}

/** What was done. */
export interface Edited {
  readonly tenantId: string;
  readonly layoutId: string;
  readonly actor: string;
  /** Of the operation: the version of every region that it changed. The latest one when there was nothing to do. */
  readonly number: number;
  readonly layoutVersion: number;
  readonly kind: OperationKind;
  /** Empty when there was nothing to do; then there is no operation. */
  readonly changes: readonly RegionChange[];
  readonly takesBack: number | null;
  readonly at: Date;
}

/**
 * Every change of regions goes through here. The row of the layout is locked first: changes of one layout come one
 * after the other, see all regions as the one before left them, and are refused when regions would overlap.
 */
@Injectable()
export class LayoutEditor {
  constructor(
    private readonly db: Database,
    private readonly layouts: LayoutRepository,
    private readonly regions: RegionRepository,
    private readonly effects: LayoutEffects,
    private readonly clock: Clock,
  ) {}

  /**
   * @throws LayoutNotFoundError LAYOUT_NOT_FOUND
   * @throws RegionVersionError LAYOUT_VERSION_CONFLICT
   * @throws RegionOverlapError, RegionOutsideError, LayoutFullError, and what the plan throws; then nothing is changed
   */
  async edit(caller: LayoutCaller, wish: Wish): Promise<Edited> {
    if (!isRowId(wish.layoutId)) throw new LayoutNotFoundError(wish.layoutId);
    const edited = await this.db.transaction((transaction) => this.editIn(transaction, caller, wish));
    if (edited.changes.length > 0) this.effects.edited(edited);
    return edited;
  }

  private async editIn(
    transaction: Queryable,
    { tenantId, actor }: LayoutCaller,
    { layoutId, kind, layoutVersion, plan }: Wish,
  ): Promise<Edited> {
    const layout = await this.layouts.lock(transaction, tenantId, layoutId);
    if (layout === undefined) throw new LayoutNotFoundError(layoutId);
    const regions = await this.regions.all(layoutId, transaction);
    if (layoutVersion !== undefined && layoutVersion !== layout.version)
      throw new RegionVersionError('layout', layoutVersion, { ...layout, regions });
    const { changes, takesBack = null } = await plan({ layout, regions, transaction });
    const done = { tenantId, layoutId, actor, kind, changes, takesBack, at: this.clock.now() };
    if (changes.length === 0) return { ...done, number: layout.lastOperation, layoutVersion: layout.version };
    refuseUnsound(layout, regions, changes);
    return { ...done, ...(await this.regions.write(transaction, { tenantId, layoutId }, done)) };
  }
}
