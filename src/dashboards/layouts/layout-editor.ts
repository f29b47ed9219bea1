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

const UNANSWERED = { error: new RangeError('each wish has an outcome') };

/** What became of it; `error`: nobody could even try. */
interface Written {
  readonly waiting: Waiting;
  readonly outcome: Outcome | { readonly error: unknown };
}

/** The changes of one layout. */
interface Line {
  readonly waiting: Waiting[];
  isWriting: boolean;
  /** Those who follow what was written last; never rejects. */
  telling: Promise<void>;
}

/**
 * Every change of regions goes through here. Changes of one layout come one after the other, see all regions as the
 * one before left them, and are refused when regions would overlap. What comes while a layout is being changed waits
 * here and not in the database, and is then written together: a layout takes one connection of the pool, however many
 * people are at it. While others are told of what was written, the next is being written already.
 */
@Injectable()
export class LayoutEditor {
  private readonly lines = new Map<string, Line>();

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
      const line = this.lineOf(key);
      if (line.waiting.length >= MOST_WAITING) reject(new LayoutBusyError(layoutId, MOST_WAITING));
      else line.waiting.push({ caller, wish, resolve, reject });
      if (!line.isWriting) void this.work(key, line);
    });
  }

  private lineOf(key: string): Line {
    const line = this.lines.get(key) ?? { waiting: [], isWriting: false, telling: Promise.resolve() };
    this.lines.set(key, line);
    return line;
  }

  /** Until nobody waits; never rejects. */
  private async work(key: string, line: Line): Promise<void> {
    const { waiting } = line;
    line.isWriting = true;
    while (waiting.length > 0) {
      const written = await this.write(waiting.splice(0, sizeOfBatch(waiting)));
      // One batch is being written and one told, and no more.
      await line.telling;
      line.telling = this.tell(written);
    }
    line.isWriting = false;
    const { telling } = line;
    await telling;
    // Unless others have come meanwhile: whoever was last of them clears up.
    if (line.telling === telling && !this.isInUse(line)) this.lines.delete(key);
  }

  private isInUse({ isWriting, waiting }: Line): boolean {
    return isWriting || waiting.length > 0;
  }

  /** Never rejects. What the database refuses is the fault of one wish at most: it does not take the others with it. */
  private async write(batch: readonly Waiting[]): Promise<readonly Written[]> {
    const [first] = batch;
    if (first === undefined) return [];
    const place = { tenantId: first.caller.tenantId, layoutId: first.wish.layoutId };
    try {
      const outcomes = await this.writer.fulfil(place, batch);
      return batch.map((waiting, index) => ({ waiting, outcome: outcomes[index] ?? UNANSWERED }));
    } catch (error) {
      if (batch.length === 1 || error instanceof AppError)
        return batch.map((waiting) => ({ waiting, outcome: { error } }));
    }
    const written: Written[] = [];
    for (const waiting of batch) written.push(...(await this.write([waiting])));
    return written;
  }

  private async tell(written: readonly Written[]): Promise<void> {
    await this.effects.committed(
      written.flatMap(({ outcome }) => ('edited' in outcome ? outcome.edited : [])),
    );
    const lost = written.find(
      ({ outcome }) => 'error' in outcome && outcome.error instanceof DatabaseUnavailableError,
    );
    if (lost !== undefined) await this.effects.maybeCommitted(lost.waiting.wish.layoutId);
    for (const { waiting, outcome } of written) {
      if ('edited' in outcome) waiting.resolve(outcome.edited);
      else waiting.reject('refusal' in outcome ? outcome.refusal : outcome.error);
    }
  }
}

/** A wish about the history begins a batch: what it asks for must have been written. */
function sizeOfBatch(queue: readonly Waiting[]): number {
  const next = queue.findIndex(({ wish }, index) => index > 0 && wish.isAboutHistory === true);
  return Math.min(MOST_AT_ONCE, next === -1 ? queue.length : next);
}
