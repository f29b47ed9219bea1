/**
 * What a cache has done since it was made. Plain numbers, because the hot path adds to them; windows and rates are
 * made of their differences.
 */
export class CacheCounters {
  /** Reads answered from the process, from Redis, and not from either. */
  l1Hits = 0;
  l1Misses = 0;
  l2Hits = 0;
  l2Misses = 0;
  /** Reads that found an entry of the process too old to be answered, and those a TTL twice as long would have served. */
  expired = 0;
  expiredSoon = 0;
  /** Answers past their TTL, within their grace. */
  staleServed = 0;
  /** Refreshes before the TTL ended. */
  earlyRefreshes = 0;
  loads = 0;
  /** Without those in which the source refused: it answered. */
  loadFailures = 0;
  loadTimeouts = 0;
  /** Waits for a load of another instance. */
  leaseWaits = 0;
  /** Values that came too late: they were invalidated while they were loaded. */
  refusedFills = 0;
  /** Values too large, or with too many names, to be kept. */
  unkept = 0;
  /** Bytes in Redis that are no value of ours. */
  poisoned = 0;
  /** Values sent to Redis that are always compressed, their bytes before and after. */
  largeFills = 0;
  largePlainBytes = 0;
  largeStoredBytes = 0;
  sets = 0;
  /** Values put into the process, and their bytes. */
  stores = 0;
  storedBytes = 0;
  /** Made here, and heard from others. */
  invalidations = 0;
  invalidationsReceived = 0;
  evictions = 0;
  /** A sample of them: watched for a minute, and asked for again in that time. */
  evictionsWatched = 0;
  evictionsRegretted = 0;
  /** Messages found missing, looks at the log, clocks taken over because invalidations were lost. */
  gaps = 0;
  logReads = 0;
  takeOvers = 0;
  /** Invalidations that had to wait for Redis, and those sent since. */
  journalled = 0;
  replays = 0;
  /** Failures of Redis: of the invalidation bus, and of values. */
  busFailures = 0;
  sharedFailures = 0;
  /** Entries compared with Redis by the self-audit, and those that differed. */
  audited = 0;
  inconsistencies = 0;
}
