import { Injectable } from '@nestjs/common';
import { AppError } from '../../kernel/app-error.js';
import { Clock } from '../../kernel/clock.js';
import { isRowId } from '../../kernel/page.js';
import { Database, isConnectionLost, type Queryable } from '../../platform/database/index.js';
import { LayoutBusyError, LayoutNotFoundError } from '../errors.js';
import { LayoutDraft } from './layout-draft.js';
import { LayoutEffects } from './layout-effects.js';
import { LayoutRepository } from './layout.repository.js';
import type { Edited, LayoutCaller, Wish } from './layout-wish.js';
import { RegionRepository } from './region.repository.js';

/** Wishes that one transaction fulfils: the first of them waits for the last. */
const MOST_AT_ONCE = 50;
/** Wishes of one layout that wait on this instance. */
const MOST_WAITING = 1_000;

/** A wish whose turn has not come. */
interface Waiting {
  readonly caller: LayoutCaller;
  readonly wish: Wish;
  readonly resolve: (edited: Edited) => void;
  readonly reject: (error: unknown) => void;
}

/** What became of a wish in a transaction that was committed. */
type Outcome = { readonly edited: Edited } | { readonly refusal: AppError };

/**
 * Every change of regions goes through here. The row of the layout is locked first: changes of one layout come one
 * after the other, see all regions as the one before left them, and are refused when regions would overlap. What
 * comes while a layout is being changed waits here and not in the database, and then shares one transaction: a
 * layout takes one connection of the pool, however many people are at it.
 */
@Injectable()
export class LayoutEditor {
  private readonly queues = new Map<string, Waiting[]>();

  constructor(
    private readonly db: Database,
    private readonly layouts: LayoutRepository,
    private readonly regions: RegionRepository,
    private readonly effects: LayoutEffects,
    private readonly clock: Clock,
  ) {}

  /**
   * Committed, and told, when it returns.
   * @throws LayoutNotFoundError LAYOUT_NOT_FOUND
   * @throws RegionVersionError LAYOUT_VERSION_CONFLICT
   * @throws LayoutBusyError LAYOUT_BUSY
   * @throws RegionOverlapError, RegionOutsideError, LayoutFullError, and what the plan throws; then nothing is changed
   */
  edit(caller: LayoutCaller, wish: Wish): Promise<Edited> {
    const { layoutId } = wish;
    if (!isRowId(layoutId)) return Promise.reject(new LayoutNotFoundError(layoutId));
    return new Promise((resolve, reject) => {
      const key = `${caller.tenantId}:${layoutId}`;
      const queue = this.queues.get(key);
      const waiting = { caller, wish, resolve, reject };
      if (queue === undefined) {
        this.queues.set(key, [waiting]);
        void this.work(key);
      } else if (queue.length < MOST_WAITING) queue.push(waiting);
      else reject(new LayoutBusyError(layoutId, MOST_WAITING));
    });
  }

  /** Until nobody waits; never rejects. */
  private async work(key: string): Promise<void> {
    const queue = this.queues.get(key) ?? [];
    while (queue.length > 0) await this.settle(queue.splice(0, MOST_AT_ONCE));
    this.queues.delete(key);
  }

  private async settle(batch: readonly Waiting[]): Promise<void> {
    let outcomes: readonly Outcome[];
    try {
      outcomes = await this.db.transaction((transaction) => this.fulfil(transaction, batch));
    } catch (error) {
      await this.fail(batch, error);
      return;
    }
    await this.effects.committed(outcomes.flatMap((outcome) => ('edited' in outcome ? outcome.edited : [])));
    for (const [index, { resolve, reject }] of batch.entries()) {
      const outcome = outcomes[index];
      if (outcome !== undefined && 'edited' in outcome) resolve(outcome.edited);
      else reject(outcome?.refusal);
    }
  }

  /** What the database refuses is the fault of one wish at most: it does not take the others with it. */
  private async fail(batch: readonly Waiting[], error: unknown): Promise<void> {
    if (batch.length > 1 && !(error instanceof AppError)) {
      for (const waiting of batch) await this.settle([waiting]);
      return;
    }
    const [first] = batch;
    if (first !== undefined && isConnectionLost(error)) {
      await this.effects.maybeCommitted(first.wish.layoutId);
    }
    for (const { reject } of batch) reject(error);
  }

  private async fulfil(transaction: Queryable, batch: readonly Waiting[]): Promise<Outcome[]> {
    const draft = await this.draftFor(transaction, batch);
    const outcomes: Outcome[] = [];
    for (const { caller, wish } of batch) {
      try {
        if (draft === undefined) throw new LayoutNotFoundError(wish.layoutId);
        outcomes.push({ edited: await draft.fulfil(caller, wish, this.clock.now()) });
      } catch (error) {
        if (!(error instanceof AppError) || error.kind === 'unavailable') throw error;
        outcomes.push({ refusal: error });
      }
    }
    await draft?.flush();
    return outcomes;
  }

  /** Undefined: there is no such layout. */
  private async draftFor(
    transaction: Queryable,
    batch: readonly Waiting[],
  ): Promise<LayoutDraft | undefined> {
    const [first] = batch;
    if (first === undefined) return undefined;
    const { layoutId } = first.wish;
    const layout = await this.layouts.lock(transaction, first.caller.tenantId, layoutId);
    if (layout === undefined) return undefined;
    const regions = await this.regions.all(layoutId, transaction);
    const newRegions = batch.reduce((sum, { wish }) => sum + (wish.newRegions ?? 0), 0);
    const ids = await this.regions.reserveIds(transaction, newRegions);
    return new LayoutDraft({ layout, regions, ids, transaction }, this.regions);
  }
}
