import type { Claim } from '../claim.js';
import type { LockHolder, NodeFailure } from '../errors.js';

/** Where locks live. */
export type LockStoreKind = 'process' | 'postgres' | 'redis' | 'redis-quorum';

/** What came of one try. */
export type Attempt =
  | { readonly kind: 'granted'; readonly token: number }
  | {
      readonly kind: 'busy';
      readonly holder: LockHolder | null;
      readonly remainingMs: number;
      /** When to try again though no hint came. */
      readonly retryMs: number;
    }
  /** Waiting would close a circle of these owners. */
  | { readonly kind: 'deadlock'; readonly cycle: readonly string[] }
  /** Too few servers can vote now. */
  | { readonly kind: 'unavailable'; readonly nodes: readonly NodeFailure[] };

/** What an extension by another thread needs to know; see src/locks/extension. No text contains NUL. */
export interface ExtensionTarget {
  /** The key, and the text that must stand under it on the first `servers` servers. */
  readonly key: string;
  readonly value: string;
  readonly servers: number;
  /** Servers that must agree. */
  readonly quorum: number;
  /** What else is prolonged, and may fail. */
  readonly besides?: { readonly server: number; readonly key: string; readonly value: string };
}

/**
 * A place that gives each lock to one claim at a time, in the order in which claims began to wait. A grant ends by
 * itself after the claim's TTL. No method waits for more than a few command timeouts.
 */
export interface LockStore {
  readonly kind: LockStoreKind;
  /** Takes the lock, or takes a place in its queue (`isWaiting`), or keeps it. Never rejects. */
  tryClaim(claim: Claim, isWaiting: boolean): Promise<Attempt>;
  /** Gives up the place in the queue, and a grant that came meanwhile. */
  leave(claim: Claim): Promise<void>;
  /** False when the lock was no longer the claim's. Rejects when that cannot be known. */
  release(claim: Claim): Promise<boolean>;
  /** Prolongs by the claim's TTL. False when the lock is no longer the claim's. */
  extend(claim: Claim): Promise<boolean>;
  /** How another thread prolongs it; undefined when this thread has to. */
  extensionOf(claim: Claim): ExtensionTarget | undefined;
  /** Calls `listener` with the id of a claim that was granted while it waited: a hint to try at once. */
  onGrant(listener: (claimId: string) => void): void;
}
