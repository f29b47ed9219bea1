import { CacheCounters } from './counters.js';

/** What is known of a cache's work. */
export class CacheStatistics {
  readonly counters = new CacheCounters();

  /** One L1 hit in 64. */
  sampleHit(key: string): void {
    void key;
  }

  recordRead(key: string, tier: 'l2' | 'loader' | 'stale', ms: number): void {
    void key;
    void tier;
    void ms;
  }

  recordStore(key: string, bytes: number, ttlMs: number): void {
    void key;
    void bytes;
    void ttlMs;
  }
}
