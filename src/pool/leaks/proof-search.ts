import type { Clock } from '../../kernel/clock.js';
import type { Slot } from '../connections/slot.js';

const SHORTEST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;
/** Searches in a row that may find nothing before they become rarer. */
const FREE_FAILURES = 8;
/** At most a tenth of the time goes into collections, and a hundredth where the heap makes them long. */
const PAUSE_PER_COLLECTION = 10;
const PAUSE_PER_LONG_COLLECTION = 100;
const LONG_COLLECTION_MS = 100;
/** Looks without a statement in between after which a holder is searched for: often at first, then rarely. */
const SEARCHED_AT_LOOKS = new Set([1, 2, 8, 64, 512]);

interface Look {
  readonly serial: number;
  readonly statements: number;
  readonly idleLooks: number;
  /** Worth a search that has not been made yet. */
  isDue: boolean;
}

/** What a search needs. */
export interface ProofSearchOptions {
  readonly clock: Clock;
  /** Collects everything that is unreachable. */
  readonly collect: () => Promise<void>;
  /** Whether the pause of a collection is bearable now. */
  readonly isAffordable: () => boolean;
}

/**
 * Decides when a full garbage collection is worth its pause: when somebody has held a connection for a while without
 * using it. Where that is common and no leak, searches become rare.
 */
export class ProofSearch {
  private looks = new Map<Slot, Look>();
  private failures = 0;
  private notBeforeMs = -Infinity;

  constructor(private readonly options: ProofSearchOptions) {}

  /** Something was proven: searching pays. */
  succeeded(): void {
    this.failures = 0;
  }

  /** @param held those in use, all of them; called regularly */
  async look(held: readonly Slot[]): Promise<void> {
    const { clock, collect, isAffordable } = this.options;
    const isWanted = this.note(held);
    const startedAt = clock.monotonic();
    if (!isWanted || startedAt < this.notBeforeMs || !isAffordable()) return;
    await collect();
    for (const look of this.looks.values()) look.isDue = false;
    const now = clock.monotonic();
    this.failures += 1;
    const pauseMs = SHORTEST_PAUSE_MS * 2 ** Math.max(0, this.failures - FREE_FAILURES);
    const tookMs = now - startedAt;
    const share = tookMs < LONG_COLLECTION_MS ? PAUSE_PER_COLLECTION : PAUSE_PER_LONG_COLLECTION;
    const perCollectionMs = share * tookMs;
    this.notBeforeMs = now + Math.max(Math.min(pauseMs, LONGEST_PAUSE_MS), perCollectionMs);
  }

  /** Whether one of them has become worth a search. One that had to wait for its search stays so. */
  private note(held: readonly Slot[]): boolean {
    const looks = new Map<Slot, Look>();
    let isWanted = false;
    for (const slot of held) {
      if (slot.tenure === undefined || slot.pinned !== undefined) continue;
      const look = this.next(slot);
      looks.set(slot, look);
      isWanted ||= look.isDue;
    }
    this.looks = looks;
    return isWanted;
  }

  private next(slot: Slot): Look {
    const { serial, statements } = slot;
    const last = this.looks.get(slot);
    const isIdle = slot.client.readyForQuery !== false;
    if (!isIdle || last?.serial !== serial || last.statements !== statements) {
      return { serial, statements, idleLooks: 0, isDue: false };
    }
    if (last.isDue) return last;
    const idleLooks = last.idleLooks + 1;
    return { serial, statements, idleLooks, isDue: SEARCHED_AT_LOOKS.has(idleLooks) };
  }
}
