import type { CounterDeltas } from './windows.js';

/** Figures of a stretch of time. Ratios are 0 to 1, null when there was nothing to divide. */
export interface WindowReport {
  readonly reads: number;
  /** Reads answered from either tier. */
  readonly hitRatio: number | null;
  readonly l1HitRatio: number | null;
  /** Of the reads the process could not answer. */
  readonly l2HitRatio: number | null;
  readonly staleServed: number;
  readonly loads: number;
  readonly loadFailures: number;
  readonly sets: number;
  readonly invalidations: number;
  readonly evictions: number;
  /** Entries that had to make room, for each read. */
  readonly evictionRatio: number | null;
  readonly meanValueBytes: number | null;
}

export function windowReport(deltas: CounterDeltas): WindowReport {
  const { l1Hits, l1Misses, l2Hits, l2Misses, evictions, stores, storedBytes } = deltas;
  const reads = l1Hits + l1Misses;
  const ratio = (part: number, whole: number): number | null =>
    whole === 0 ? null : Math.min(1, part / whole);
  return {
    reads,
    hitRatio: ratio(l1Hits + l2Hits, reads),
    l1HitRatio: ratio(l1Hits, reads),
    l2HitRatio: ratio(l2Hits, l2Hits + l2Misses),
    staleServed: deltas.staleServed,
    loads: deltas.loads,
    loadFailures: deltas.loadFailures,
    sets: deltas.sets,
    invalidations: deltas.invalidations + deltas.invalidationsReceived,
    evictions,
    evictionRatio: reads === 0 ? null : evictions / reads,
    meanValueBytes: stores === 0 ? null : Math.round(storedBytes / stores),
  };
}
