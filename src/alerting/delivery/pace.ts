/** How many messages a receiver may get at once. */
export const BURST = 5;
/** A digest of more alerts is a storm: the next message comes after STORM_PAUSE_MS at the earliest. */
const STORM_ALERTS = 50;
const STORM_PAUSE_MS = 60_000;
/** After so many failures in a row a receiver is left alone for a while, and then asked by one message. */
export const BREAKER_FAILURES = 5;
const FIRST_PAUSE_MS = 10_000;
const LONGEST_PAUSE_MS = 300_000;
const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 300_000;

/** What a message counts for. */
export interface PacedMessage {
  /** More of the same digest follows: parts of one digest count once. */
  readonly hasMore: boolean;
  readonly isDigest: boolean;
  readonly alerts: number;
}

/** Messages that may go now. @param paidMs how far the receiver's messages are ahead of its pace */
export function allowance(paidMs: number, paceMs: number): number {
  return Math.max(0, Math.floor(BURST - Math.max(0, paidMs) / paceMs));
}

/** What `paidMs` is after a message. */
export function paidAfter(paidMs: number, paceMs: number, message: PacedMessage): number {
  if (message.hasMore) return paidMs;
  if (message.isDigest && message.alerts > STORM_ALERTS)
    return Math.max(STORM_PAUSE_MS, paceMs) + slackMs(paceMs);
  return Math.max(0, paidMs) + paceMs;
}

/** How far a receiver may be ahead of its pace and still get a message. */
export function slackMs(paceMs: number): number {
  return (BURST - 1) * paceMs;
}

/** Full jitter: anything up to a bound that doubles, so that what failed together does not come back together. */
export function retryDelayMs(attempt: number, fraction: number): number {
  const bound = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(attempt - 1, 20));
  return Math.max(50, fraction * bound);
}

/** How long a receiver is left alone after `failures` in a row; 0 until there are many. Half of it is jitter. */
export function breakerPauseMs(failures: number, fraction: number): number {
  if (failures < BREAKER_FAILURES) return 0;
  const full = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(failures - BREAKER_FAILURES, 10));
  return full / 2 + fraction * (full / 2);
}
