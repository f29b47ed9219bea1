/**
 * - proven: nothing can give the connection back any more; it was taken back
 * - suspected: held for long, and the server has nothing to do for it
 * - long-running: held for long by a statement that runs, or by one after the other; no leak
 * - blocked: held for long by a statement that waits for a lock; no leak, but its blocker may be
 * - unknown: held for long, and the server did not say more
 */
export type LeakVerdict = 'proven' | 'suspected' | 'long-running' | 'blocked' | 'unknown';

/** held: still; returned: given back after all; reclaimed: taken back from nobody; lost: the connection broke. */
export type LeakOutcome = 'held' | 'returned' | 'reclaimed' | 'lost';

/** Who a blocked holder waits for. */
export interface LeakBlocker {
  readonly backendPid: number;
  /** file:line when it is a holder of this pool, too. */
  readonly site: string | null;
}

/** A connection that was held for too long, or that nobody can give back. */
export interface Leak {
  readonly id: number;
  readonly verdict: LeakVerdict;
  readonly outcome: LeakOutcome;
  /** file:line that took the connection; null for a single statement. */
  readonly site: string | null;
  /** That line and its callers. */
  readonly stack: readonly string[];
  readonly requestId: string | null;
  readonly route: string | null;
  readonly job: string | null;
  readonly tenantId: string | null;
  readonly backendPid: number | null;
  readonly lastSql: string | null;
  readonly serverState: string | null;
  readonly blockedBy: readonly LeakBlocker[];
  readonly detectedAt: Date;
  /** When it was detected, and at its end. */
  readonly heldMs: number;
  readonly endedAt: Date | null;
}
