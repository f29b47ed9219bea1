/**
 * Decides who leaves a full store. Entries are known by their slot, a small number that is used again after the
 * entry has left.
 */
export interface EvictionPolicy {
  /** There are slots up to `capacity` now; fewer than before when the store was cleared. */
  grow(capacity: number): void;
  added(slot: number, key: string): void;
  /** On every hit: a few nanoseconds. */
  touched(slot: number): void;
  /** The entry left by itself. */
  removed(slot: number): void;
  /** Chooses who leaves, and forgets it. At least one entry is there. */
  evict(keyOf: (slot: number) => string): number;
  clear(): void;
}
