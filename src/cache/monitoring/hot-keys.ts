/** A key that is read often. */
export interface HotKey {
  readonly key: string;
  /** Reads since it was first noticed; estimated, because hits of the fast path are sampled. */
  readonly reads: number;
}

interface Slot {
  key: string;
  count: number;
}

const SLOTS = 256;
/** Counts are halved after this many notes, so that yesterday's keys make room. */
const HALVE_EVERY = 100_000;

/**
 * The keys read most, in bounded memory: space-saving (Metwally, Agrawal, El Abbadi: "Efficient Computation of
 * Frequent and Top-k Elements in Data Streams", ICDT 2005).
 */
export class HotKeys {
  private readonly slots: Slot[] = [];
  private readonly bySlot = new Map<string, Slot>();
  private notes = 0;
  private cursor = 0;
  /** No count was smaller at the last look at all of them. */
  private least = 0;

  /** @param reads how many this one stands for */
  note(key: string, reads: number): void {
    this.notes += 1;
    if (this.notes % HALVE_EVERY === 0) this.halve();
    const known = this.bySlot.get(key);
    if (known !== undefined) {
      known.count += reads;
      return;
    }
    if (this.slots.length < SLOTS) {
      const slot = { key, count: reads };
      this.slots.push(slot);
      this.bySlot.set(key, slot);
      return;
    }
    // The newcomer takes over the smallest count: no key that is read often can be missing.
    const smallest = this.smallest();
    this.bySlot.delete(smallest.key);
    smallest.key = key;
    smallest.count += reads;
    this.bySlot.set(key, smallest);
  }

  /** Most read first; at most 256. */
  top(): HotKey[] {
    const sorted = [...this.slots].sort((one, other) => other.count - one.count);
    return sorted.map(({ key, count }) => ({ key, reads: Math.round(count) }));
  }

  /** 0 for a key that is not among those read often. */
  readsOf(key: string): number {
    return Math.round(this.bySlot.get(key)?.count ?? 0);
  }

  private halve(): void {
    for (const slot of this.slots) slot.count /= 2;
    this.least /= 2;
  }

  /**
   * A slot with the smallest count. Goes round the slots: of a stream of keys that come once each, every step finds
   * the next one at once, and only each full round looks at all of them.
   */
  private smallest(): Slot {
    for (let looked = 0; looked <= SLOTS; looked += 1) {
      this.cursor = (this.cursor + 1) % SLOTS;
      const slot = this.slots[this.cursor];
      if (slot !== undefined && slot.count <= this.least) return slot;
    }
    const found = this.slots.reduce((least, slot) => (slot.count < least.count ? slot : least));
    this.least = found.count;
    return found;
  }
}
