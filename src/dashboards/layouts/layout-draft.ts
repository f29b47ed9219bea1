import type { Queryable } from '../../platform/database/index.js';
import { RegionVersionError } from '../errors.js';
import type { Layout } from './layout.js';
import { refuseUnsound } from './layout-state.js';
import type { Edited, LayoutCaller, OperationPlan, Wish } from './layout-wish.js';
import type { NewOperation } from './operation.js';
import type { Region } from './region.js';
import { showWithRegions } from './shown-layout.js';

/** A layout as it was at a version of it. */
export interface LayoutState {
  readonly layout: Layout;
  readonly regions: readonly Region[];
}

/** What wishes may use. */
export interface DraftMeans {
  /** For regions that are to be made. */
  readonly ids: readonly string[];
  /** Where earlier operations are read. */
  readonly source: Queryable;
}

/** A layout with the wishes fulfilled so far, none of them written yet. */
export class LayoutDraft {
  private layout: Layout;
  private readonly regions: Map<string, Region>;
  private readonly ids: string[];
  private readonly source: Queryable;
  private readonly unwritten: NewOperation[] = [];

  constructor({ layout, regions }: LayoutState, { ids, source }: DraftMeans) {
    this.layout = layout;
    this.regions = new Map(regions.map((region) => [region.id, region]));
    this.ids = [...ids];
    this.source = source;
  }

  /** What is to be written, in order. */
  get operations(): readonly NewOperation[] {
    return this.unwritten;
  }

  /** The layout as it is when all of that is written. */
  get state(): LayoutState {
    return { layout: this.layout, regions: [...this.regions.values()] };
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

  private async plan({ layoutVersion, plan }: Wish): Promise<OperationPlan> {
    const { source } = this;
    const { layout, regions } = this.state;
    if (layoutVersion !== undefined && layoutVersion !== layout.version) {
      const byId = [...regions].sort((one, other) => Number(one.id) - Number(other.id));
      throw new RegionVersionError('layout', layoutVersion, showWithRegions({ ...layout, regions: byId }));
    }
    return plan({ layout, regions, source, takeId: () => this.takeId() });
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
