import type { Clock } from '../kernel/clock.js';
import type { Claim } from './claim.js';
import { LockLostError } from './errors.js';

/** A lock that was acquired. */
export interface Lock {
  readonly resource: string;
  /** Greater than that of every earlier holder; for logs. Database writes check a fence: see Fences. */
  readonly token: number;
  /** Aborts, with LockLostError as its reason, shortly before the lock could end without having been released. */
  readonly signal: AbortSignal;
  /** Ms for which it surely is held, if nothing prolongs it; 0 when it is not. */
  remainingMs(): number;
  /** @throws LockLostError LOCK_LOST when it is not held any more */
  assertHeld(): void;
}

/** What a store granted. */
export interface Grant {
  readonly token: number;
  /** On the monotonic clock: before this moment nobody else can have it. */
  readonly validUntilMs: number;
}

/** An acquired lock, as its keeper sees it. */
export class HeldLock implements Lock {
  readonly token: number;
  readonly acquiredAtMs: number;
  validUntilMs: number;
  isReleased = false;
  isLost = false;
  private controller: AbortController | undefined;

  constructor(
    readonly claim: Claim,
    grant: Grant,
    readonly isExtended: boolean,
    private readonly clock: Clock,
    /** Learns what was prolonged meanwhile. */
    private readonly refresh: () => void,
  ) {
    this.token = grant.token;
    this.validUntilMs = grant.validUntilMs;
    this.acquiredAtMs = clock.monotonic();
  }

  get resource(): string {
    return this.claim.resource;
  }

  /** Made on demand: most locks are held for a moment, and their signal is never looked at. */
  get signal(): AbortSignal {
    this.controller ??= new AbortController();
    if (this.isLost && !this.controller.signal.aborted) this.controller.abort(this.lossError());
    return this.controller.signal;
  }

  remainingMs(): number {
    if (this.isLost || this.isReleased) return 0;
    const left = this.validUntilMs - this.clock.monotonic();
    if (left > 0) return left;
    // After a blocked event loop the news of extensions have not been read yet.
    this.refresh();
    return Math.max(0, this.validUntilMs - this.clock.monotonic());
  }

  assertHeld(): void {
    if (this.remainingMs() === 0) throw this.lossError();
  }

  heldMs(): number {
    return this.clock.monotonic() - this.acquiredAtMs;
  }

  /** It is over, or as good as over. */
  lose(): void {
    this.isLost = true;
    this.controller?.abort(this.lossError());
  }

  lossError(): LockLostError {
    return new LockLostError(this.resource, this.heldMs());
  }
}
