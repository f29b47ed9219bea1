import { AppError } from '../../kernel/app-error.js';

/** Redis has no room for a value. Nobody sees this error: the value is answered and kept in the process. */
export class SharedStoreFullError extends AppError {
  readonly code = 'CACHE_SHARED_STORE_FULL';
  readonly kind = 'unavailable';

  constructor(cause: unknown) {
    super(
      'Redis is full: values are kept in the process only. Raise its maxmemory, or let it evict.',
      {},
      { cause },
    );
  }
}

/** Who asks to load a value. */
export interface LeaseRequest {
  /** Never used by anybody else. */
  readonly token: string;
  /** For how long others wait when nothing more is heard. */
  readonly leaseMs: number;
  /** Beginning of a stored value that cannot be used: it is as good as none. */
  readonly seenHead?: Buffer;
}

/**
 * value: somebody stored it meanwhile. leased: the caller is the one to load it; `epoch` and `sequence` tell where
 * the invalidation clock was then, and are null where that is not known. busy: somebody else loads it.
 */
export type LeaseAnswer =
  | { readonly kind: 'value'; readonly raw: Buffer }
  | { readonly kind: 'leased'; readonly epoch: string | null; readonly sequence: number | null }
  | { readonly kind: 'busy'; readonly remainingMs: number };

/**
 * Values and leases in the tier that instances share. A lease is lock and fence in one: only its holder may store,
 * and whoever drops a key takes the lease away. Every method throws when Redis does not answer in time.
 */
export abstract class SharedStore {
  /** The stored bytes; null when there are none. Reads of one turn of the event loop share round trips. */
  abstract read(key: string): Promise<Buffer | null>;
  abstract lease(key: string, request: LeaseRequest): Promise<LeaseAnswer>;
  /** False when the lease is not the caller's any more; nothing is stored then. @throws SharedStoreFullError */
  abstract fill(
    key: string,
    fill: { readonly token: string; readonly envelope: Buffer; readonly ttlMs: number },
  ): Promise<boolean>;
  /** False when the lease is not the caller's any more. */
  abstract extend(key: string, token: string, leaseMs: number): Promise<boolean>;
  /** Gives a lease back without storing anything. */
  abstract release(key: string, token: string): Promise<void>;
  /** Deletes values, and the leases of those who load them. */
  abstract drop(keys: readonly string[]): Promise<void>;
}
