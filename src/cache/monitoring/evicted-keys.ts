import type { CacheCounters } from './counters.js';

/** How long a key is watched. */
const WATCHED_TICKS = 60;
/** Keys taken each second: 240 at once at most. */
const MOST_A_TICK = 4;
/** Longer keys are not held for this. */
const LONGEST_KEY = 1_000;

/** Watches a sample of the keys that had to make room: whether they are asked for again within a minute. */
export class EvictedKeys {
  /** The tick each came in, oldest first. */
  private readonly since = new Map<string, number>();
  private ticks = 0;
  private taken = 0;

  constructor(private readonly counters: CacheCounters) {}

  note(key: string): void {
    if (this.taken >= MOST_A_TICK || key.length > LONGEST_KEY) return;
    this.taken += 1;
    this.since.delete(key);
    this.since.set(key, this.ticks);
  }

  /** A larger tier would still have had it. */
  reloaded(key: string): void {
    if (!this.since.delete(key)) return;
    this.counters.evictionsWatched += 1;
    this.counters.evictionsRegretted += 1;
  }

  /** Once a second. */
  tick(): void {
    this.ticks += 1;
    this.taken = 0;
    for (const [key, since] of this.since) {
      if (this.ticks - since < WATCHED_TICKS) return;
      this.since.delete(key);
      this.counters.evictionsWatched += 1;
    }
  }
}
