import { Injectable } from '@nestjs/common';
import type { AppError } from '../../kernel/app-error.js';
import { Clock } from '../../kernel/clock.js';
import { Database } from '../../platform/database/index.js';
import { isRefusal, LayoutNotFoundError } from '../errors.js';
import { type DraftMeans, LayoutDraft, type LayoutState } from './layout-draft.js';
import { LayoutRepository } from './layout.repository.js';
import type { Edited, LayoutCaller, Wish } from './layout-wish.js';
import { RegionRepository } from './region.repository.js';
import { RegionIds } from './region-ids.js';
import { RememberedLayouts } from './remembered-layouts.js';

/** A wish, and whose it is. */
export interface AskedWish {
  readonly caller: LayoutCaller;
  readonly wish: Wish;
}

/** What became of a wish, when all of its batch is committed. */
export type Outcome = { readonly edited: Edited } | { readonly refusal: AppError };

/** Which layout a batch is about. */
interface Place {
  readonly tenantId: string;
  readonly layoutId: string;
}

/** How often a batch is tried without a lock: then another instance changes the layout all the time. */
const FREE_TRIES = 3;

/**
 * Fulfils wishes about one layout, all of them by one statement: it is worked out on the layout as this instance
 * knows it, and written only if that is its version still. Whoever was overtaken reads it again, and after some tries
 * locks it. Nobody is refused, and nothing is left undone, by a state that may be old.
 */
@Injectable()
export class LayoutWriter {
  private readonly remembered = new RememberedLayouts();

  constructor(
    private readonly db: Database,
    private readonly layouts: LayoutRepository,
    private readonly regions: RegionRepository,
    private readonly ids: RegionIds,
    private readonly clock: Clock,
  ) {}

  /** Outcomes in the order of the wishes; committed when it returns. */
  async fulfil(place: Place, batch: readonly AskedWish[]): Promise<readonly Outcome[]> {
    const remembered = this.remembered.take(keyOf(place));
    const outcomes = remembered && (await this.tryOn(place, remembered, batch, true));
    if (outcomes !== undefined) return outcomes;
    for (let tries = 0; tries < FREE_TRIES; tries += 1) {
      const state = await this.layouts.findWithRegions(place.tenantId, place.layoutId);
      if (state === undefined) return batch.map(() => ({ refusal: new LayoutNotFoundError(place.layoutId) }));
      const { regions, ...layout } = state;
      const tried = await this.tryOn(place, { layout, regions }, batch, false);
      if (tried !== undefined) return tried;
    }
    return this.fulfilLocked(place, batch);
  }

  /** Undefined: the layout is not as it was thought to be. */
  private async tryOn(
    place: Place,
    state: LayoutState,
    batch: readonly AskedWish[],
    isRemembered: boolean,
  ): Promise<readonly Outcome[] | undefined> {
    const { draft, outcomes } = await this.draft(state, batch, await this.meansFor(batch));
    const isNothingToWrite = draft.operations.length === 0;
    // The history was read after the layout: only what is written proves that they belong together.
    if (isNothingToWrite && isAboutHistory(batch)) return this.fulfilLocked(place, batch);
    if (isNothingToWrite && isRemembered) return undefined;
    const { version } = state.layout;
    if (!isNothingToWrite && !(await this.regions.write(this.db, { ...place, version }, draft.operations)))
      return undefined;
    this.remembered.put(keyOf(place), draft.state);
    return outcomes;
  }

  private async fulfilLocked(place: Place, batch: readonly AskedWish[]): Promise<readonly Outcome[]> {
    const { tenantId, layoutId } = place;
    // Before there is a transaction: whoever holds a connection must not wait for another one.
    const { ids } = await this.meansFor(batch);
    return this.db.transaction(async (transaction) => {
      const layout = await this.layouts.lock(transaction, tenantId, layoutId);
      if (layout === undefined) return batch.map(() => ({ refusal: new LayoutNotFoundError(layoutId) }));
      const regions = await this.regions.all(layoutId, transaction);
      const { draft, outcomes } = await this.draft({ layout, regions }, batch, { ids, source: transaction });
      const { version } = layout;
      if (draft.operations.length > 0)
        await this.regions.write(transaction, { ...place, version }, draft.operations);
      return outcomes;
    });
  }

  private async meansFor(batch: readonly AskedWish[]): Promise<DraftMeans> {
    const newRegions = batch.reduce((sum, { wish }) => sum + (wish.newRegions ?? 0), 0);
    return { ids: await this.ids.take(newRegions), source: this.db };
  }

  private async draft(
    state: LayoutState,
    batch: readonly AskedWish[],
    means: DraftMeans,
  ): Promise<{ readonly draft: LayoutDraft; readonly outcomes: readonly Outcome[] }> {
    const draft = new LayoutDraft(state, means);
    const outcomes: Outcome[] = [];
    for (const { caller, wish } of batch) {
      try {
        outcomes.push({ edited: await draft.fulfil(caller, wish, this.clock.now()) });
      } catch (error) {
        if (!isRefusal(error)) throw error;
        outcomes.push({ refusal: error });
      }
    }
    return { draft, outcomes };
  }
}

/** Wishes about the history begin a batch. */
function isAboutHistory([first]: readonly AskedWish[]): boolean {
  return first?.wish.isAboutHistory === true;
}

function keyOf({ tenantId, layoutId }: Place): string {
  return `${tenantId}:${layoutId}`;
}
