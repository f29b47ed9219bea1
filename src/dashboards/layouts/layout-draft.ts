import type { Queryable } from '../../platform/database/index.js';
import { RegionVersionError } from '../errors.js';
import type { Layout } from './layout.js';
import type { Edited, LayoutCaller, OperationPlan, Wish } from './layout-wish.js';
import { refuseUnsound } from './layout-state.js';
import type { NewOperation } from './operation.js';
import type { Region } from './region.js';
import type { RegionRepository } from './region.repository.js';
import { showWithRegions } from './shown-layout.js';

/** What a draft begins with. */
export interface LockedRows {
  readonly layout: Layout;
  readonly regions: readonly Region[];
  /** For regions that are to be made. */
  readonly ids: readonly string[];
  readonly transaction: Queryable;
}

/** A locked layout, with the wishes fulfilled so far; written when `flush` is called. */
export class LayoutDraft {
  private layout: Layout;
  private readonly regions: Map<string, Region>;
  private readonly ids: string[];
  private readonly transaction: Queryable;
  private unwritten: NewOperation[] = [];

  constructor(
    { layout, regions, ids, transaction }: LockedRows,
    private readonly rows: RegionRepository,
  ) {
    this.layout = layout;
    this.regions = new Map(regions.map((region) => [region.id, region]));
    this.ids = [...ids];
    this.transaction = transaction;
  }

  /** Fulfils a wish, or throws and leaves all as it is. */
  async fulfil({ tenantId, actor }: LayoutCaller, wish: Wish, at: Date): Promise<Edited> {
    const { layoutId, kind } = wish;
    const { changes, takesBack = null } = await this.plan(wish);
    const { version, lastOperation } = this.layout;
    const done = { tenantId, layoutId, actor, kind, changes, takesBack, at };
    if (changes.length === 0) return { ...done, number: lastOperation, layoutVersion: version };
    refuseUnsound(this.layout, [...this.regions.values()], changes);
    const numbers = { number: lastOperation + 1, layoutVersion: version + 1 };
    this.apply({ ...numbers, actor, kind, changes, takesBack, at });
    return { ...done, ...numbers };
  }

  async flush(): Promise<void> {
    const operations = this.unwritten;
    this.unwritten = [];
    const { id: layoutId, tenantId } = this.layout;
    await this.rows.write(this.transaction, { tenantId, layoutId }, operations);
  }

  private async plan({ layoutVersion, isAboutHistory = false, plan }: Wish): Promise<OperationPlan> {
    const { layout, transaction } = this;
    const regions = [...this.regions.values()];
    if (layoutVersion !== undefined && layoutVersion !== layout.version)
      throw new RegionVersionError('layout', layoutVersion, showWithRegions({ ...layout, regions }));
    if (isAboutHistory) await this.flush();
    return plan({ layout, regions, transaction, takeId: () => this.takeId() });
  }

  private takeId(): string {
    const id = this.ids.shift();
    if (id === undefined) throw new RangeError('a wish takes as many ids as it has said');
    return id;
  }

  private apply(operation: NewOperation): void {
    const { number, layoutVersion, changes, at } = operation;
    for (const { regionId, after } of changes) {
      if (after === null) this.regions.delete(regionId);
      else this.regions.set(regionId, { id: regionId, ...after, version: number });
    }
    this.layout = { ...this.layout, version: layoutVersion, lastOperation: number, updatedAt: at };
    this.unwritten.push(operation);
  }
}
