import { Injectable } from '@nestjs/common';
import { AppError } from '../../kernel/app-error.js';
import { isRowId } from '../../kernel/page.js';
import { DatabaseUnavailableError } from '../../platform/database/index.js';
import { LayoutBusyError, LayoutNotFoundError } from '../errors.js';
import { LayoutEffects } from './layout-effects.js';
import type { Edited, LayoutCaller, Wish } from './layout-wish.js';
import { type AskedWish, LayoutWriter, type Outcome } from './layout-writer.js';

/** Wishes that one statement fulfils: the first of them waits for the last. */
const MOST_AT_ONCE = 50;
/** Wishes of one layout that wait on this instance. */
const MOST_WAITING = 1_000;

/** A wish whose turn has not come. */
interface Waiting extends AskedWish {
  readonly resolve: (edited: Edited) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Every change of regions goes through here. Changes of one layout come one after the other, see all regions as the
 * one before left them, and are refused when regions would overlap. What comes while a layout is being changed waits
 * here and not in the database, and is then written together: a layout takes one connection of the pool, however many
 * people are at it.
 */
@Injectable()
export class LayoutEditor {
  private readonly queues = new Map<string, Waiting[]>();

  constructor(
    private readonly writer: LayoutWriter,
    private readonly effects: LayoutEffects,
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
    while (queue.length > 0) await this.settle(queue.splice(0, sizeOfBatch(queue)));
    this.queues.delete(key);
  }

  private async settle(batch: readonly Waiting[]): Promise<void> {
    const [first] = batch;
    if (first === undefined) return;
    const place = { tenantId: first.caller.tenantId, layoutId: first.wish.layoutId };
    let outcomes: readonly Outcome[];
    try {
      outcomes = await this.writer.fulfil(place, batch);
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
    if (first !== undefined && error instanceof DatabaseUnavailableError)
      await this.effects.maybeCommitted(first.wish.layoutId);
    for (const { reject } of batch) reject(error);
  }
}

/** A wish about the history begins a batch: what it asks for must have been written. */
function sizeOfBatch(queue: readonly Waiting[]): number {
  const next = queue.findIndex(({ wish }, index) => index > 0 && wish.isAboutHistory === true);
  return Math.min(MOST_AT_ONCE, next === -1 ? queue.length : next);
}
