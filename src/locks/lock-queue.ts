import type { AppError } from '../kernel/app-error.js';
import type { Clock } from '../kernel/clock.js';
import type { Ids } from '../kernel/ids.js';
import type { Claim } from './claim.js';
import {
  LockAbortedError,
  LockBusyError,
  LockDeadlockError,
  type LockHolder,
  LockQuorumError,
  LockTimeoutError,
  type NodeFailure,
} from './errors.js';
import type { Grant } from './lock.js';
import type { LockPolicy } from './lock-options.js';
import type { LockStatistics } from './monitoring/lock-statistics.js';
import type { Attempt, LockStore } from './stores/lock-store.js';

/** A store that cannot vote is asked again this soon, later each time. */
const FIRST_PAUSE_MS = 10;
const JITTER_SHARE = 0.25;
const LONGEST_PAUSE_MS = 250;
/** Clocks of servers may run this much faster, and expire to the millisecond. */
const DRIFT_SHARE = 0.01;
const DRIFT_MS = 2;

/** When a grant that was asked for at `askedAtMs` surely ends, whatever the clocks do. */
export function validUntil(askedAtMs: number, ttlMs: number): number {
  return askedAtMs + ttlMs - ttlMs * DRIFT_SHARE - DRIFT_MS;
}

/** One claim's wait: what it knows of the lock, and how it rests between questions. */
class Turn {
  readonly startedAtMs: number;
  askedAtMs: number;
  hasAsked = false;
  hasWaited = false;
  private holder: LockHolder | null = null;
  private remainingMs: number | null = null;
  private nodes: readonly NodeFailure[] | undefined;
  private pauses = 0;
  private isHinted = false;
  private wake: (() => void) | undefined;

  /** @param heldResources what the owner holds */
  constructor(
    private readonly clock: Clock,
    readonly heldResources: () => readonly string[],
  ) {
    this.startedAtMs = clock.monotonic();
    this.askedAtMs = this.startedAtMs;
  }

  /** A hint that comes from now on is not known to the answer. @throws LockAbortedError when nobody wants it any more */
  beginAsking(resource: string, signal: AbortSignal | undefined): void {
    if (signal?.aborted === true) throw new LockAbortedError(resource, signal.reason);
    this.askedAtMs = this.clock.monotonic();
    this.hasAsked = true;
    this.isHinted = false;
  }

  hint(): void {
    this.isHinted = true;
    this.wake?.();
  }

  /** Ends with a hint, or after `ms`. */
  async rest(ms: number): Promise<void> {
    this.hasWaited = true;
    if (this.isHinted) return;
    await new Promise<void>((resolve) => {
      const timer = this.clock.after(ms, resolve);
      this.wake = (): void => {
        timer.cancel();
        resolve();
      };
    });
    this.wake = undefined;
  }

  /** Remembers what an attempt told; answers in how many ms to try again. */
  note(attempt: Attempt): number {
    if (attempt.kind === 'busy') {
      this.holder = attempt.holder;
      this.remainingMs = attempt.remainingMs;
      this.nodes = undefined;
      this.pauses = 0;
      return attempt.retryMs;
    }
    if (attempt.kind === 'unavailable') this.nodes = attempt.nodes;
    this.pauses += 1;
    return Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** this.pauses);
  }

  refusal(resource: string, waitMs: number): AppError {
    const { holder, remainingMs, nodes } = this;
    const waitedMs = this.clock.monotonic() - this.startedAtMs;
    if (nodes !== undefined) return new LockQuorumError(resource, waitedMs, nodes);
    if (waitMs === 0) return new LockBusyError(resource, holder, remainingMs);
    return new LockTimeoutError(resource, waitedMs, holder, remainingMs);
  }
}

/** Asks a store for a lock until it is granted or the wait is over. */
export class LockQueue {
  private readonly turns = new Map<string, Turn>();

  constructor(
    private readonly store: LockStore,
    private readonly clock: Clock,
    private readonly statistics: LockStatistics,
    private readonly ids: Ids,
  ) {
    store.onGrant((claimId) => this.turns.get(claimId)?.hint());
  }

  /**
   * @param heldResources what the owner holds, for the error that names a deadlock
   * @throws LockBusyError, LockTimeoutError, LockAbortedError, LockDeadlockError, LockQuorumError
   */
  async acquire(claim: Claim, policy: LockPolicy, heldResources: () => readonly string[]): Promise<Grant> {
    const { clock, statistics } = this;
    const turn = new Turn(clock, heldResources);
    this.turns.set(claim.id, turn);
    const hint = (): void => turn.hint();
    policy.signal?.addEventListener('abort', hint, { once: true });
    let isGranted = false;
    try {
      for (;;) {
        turn.beginAsking(claim.resource, policy.signal);
        const attempt = await this.store.tryClaim(claim, policy.waitMs > 0);
        const grant = this.grantOf(claim, turn, attempt);
        if (grant !== undefined) {
          isGranted = true;
          return grant;
        }
        await this.rest(claim, policy, turn, attempt);
      }
    } catch (error) {
      statistics.recordRefused(claim.resource, error, clock.monotonic() - turn.startedAtMs);
      throw error;
    } finally {
      this.turns.delete(claim.id);
      policy.signal?.removeEventListener('abort', hint);
      if (turn.hasWaited) statistics.endWait(claim.resource);
      // A refusal may have overtaken a grant; and an answer that was lost may have been one.
      if (!isGranted && turn.hasAsked) void this.leave(claim);
    }
  }

  private grantOf(claim: Claim, turn: Turn, attempt: Attempt): Grant | undefined {
    if (attempt.kind !== 'granted') return undefined;
    const nowMs = this.clock.monotonic();
    const validUntilMs = validUntil(turn.askedAtMs, claim.ttlMs);
    // An answer that took longer than the TTL is none: it may be somebody else's turn by now.
    if (validUntilMs <= nowMs) return undefined;
    this.statistics.recordAcquired(claim.resource, nowMs - turn.startedAtMs, turn.hasWaited);
    return { token: attempt.token, validUntilMs };
  }

  /** Until it is worth asking again. */
  private rest(claim: Claim, policy: LockPolicy, turn: Turn, attempt: Attempt): Promise<void> {
    if (attempt.kind === 'deadlock') {
      throw new LockDeadlockError(claim.resource, turn.heldResources(), attempt.cycle);
    }
    const delayMs = turn.note(attempt);
    const leftMs = policy.waitMs - (this.clock.monotonic() - turn.startedAtMs);
    if (leftMs <= 0) throw turn.refusal(claim.resource, policy.waitMs);
    if (!turn.hasWaited) this.statistics.beginWait(claim.resource);
    // At random, so that those who wait for a server do not all ask it at once.
    return turn.rest(Math.min(delayMs * (1 - JITTER_SHARE * this.ids.fraction()), leftMs));
  }

  private async leave(claim: Claim): Promise<void> {
    try {
      await this.store.leave(claim);
    } catch {
      // What is left there ends by itself.
      this.statistics.counters.releaseFailures += 1;
    }
  }
}
