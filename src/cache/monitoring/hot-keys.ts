/** A key that is read often. */
export interface HotKey {
  readonly key: string;
  /** Reads since it was first noticed, estimated from a sample; never less than the sample saw. */
  readonly reads: number;
}

interface Slot {
  key: string;
  count: number;
}

const SLOTS = 256;
/** Counts are halved after this many samples, so that yesterday's keys make room. */
const HALVE_EVERY = 100_000;

/**
 * The keys read most, in bounded memory: space-saving (Metwally, Agrawal, El Abbadi: "Efficient Computation of
 * Frequent and Top-k Elements in Data Streams", ICDT 2005) over a sample of reads.
 */
export class HotKeys {
  private readonly slots: Slot[] = [];
  private readonly bySlot = new Map<string, Slot>();
  private samples = 0;

  /** @param readsPerSample reads that one sample stands for */
  constructor(private readonly readsPerSample: number) {}

  sample(key: string): void {
    this.samples += 1;
    if (this.samples % HALVE_EVERY === 0) for (const slot of this.slots) slot.count /= 2;
    const known = this.bySlot.get(key);
    if (known !== undefined) {
      known.count += 1;
      return;
    }
    if (this.slots.length < SLOTS) {
      const slot = { key, count: 1 };
      this.slots.push(slot);
      this.bySlot.set(key, slot);
      return;
    }
    // The newcomer takes over the smallest count: no key that is read often can be missing.
    const smallest = this.slots.reduce((least, slot) => (slot.count < least.count ? slot : least));
    this.bySlot.delete(smallest.key);
    smallest.key = key;
    smallest.count += 1;
    this.bySlot.set(key, smallest);
  }

  /** Most read first. */
  top(limit: number): HotKey[] {
    const sorted = [...this.slots].sort((one, other) => other.count - one.count);
    return sorted
      .slice(0, limit)
      .map(({ key, count }) => ({ key, reads: Math.round(count * this.readsPerSample) }));
  }

  has(key: string): boolean {
    return this.bySlot.has(key);
  }
}
