import type { Clock, Timer } from '../kernel/clock.js';
import type { Logger } from '../platform/logging/index.js';
import type { Extender } from './extension/extender.js';
import type { HeldLock } from './lock.js';
import type { LockStatistics } from './monitoring/lock-statistics.js';
import type { LockStore } from './stores/lock-store.js';

/** How often held locks are looked at, while there are any. */
const LOOK_MS = 50;
/** A lock counts as lost this share of its TTL before its end, so that its work can stop in time. */
const MARGIN_SHARE = 0.1;
const LONGEST_MARGIN_MS = 1_000;
/** Locks that no thread prolongs are prolonged here, when this share of the TTL is left. */
const DUE_SHARE = 2 / 3;

/** What LockKeeper is made of. */
export interface KeeperParts {
  readonly store: LockStore;
  readonly extender: Extender;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly statistics: LockStatistics;
}

/** The locks this process holds: has them prolonged, and notices when one is lost. */
export class LockKeeper {
  private readonly locks = new Map<string, HeldLock>();
  private timer: Timer | undefined;
  private lookMs = Infinity;

  constructor(private readonly parts: KeeperParts) {
    parts.extender.onExtended((claimId, validUntilMs) => this.learn(claimId, validUntilMs));
    parts.extender.onLost((claimId) => this.loseById(claimId));
  }

  /** Reads what the other thread has told meanwhile. */
  readonly refresh = (): void => this.parts.extender.refresh();

  held(): HeldLock[] {
    return [...this.locks.values()];
  }

  keep(lock: HeldLock): void {
    this.locks.set(lock.claim.id, lock);
    if (lock.isExtended) {
      const target = this.parts.store.extensionOf(lock.claim);
      if (target !== undefined) this.parts.extender.watch(lock.claim, target, lock.validUntilMs);
    }
    const lookMs = lookMsFor(lock);
    if (lookMs >= this.lookMs) return;
    this.timer?.cancel();
    this.lookIn(lookMs);
  }

  /** Before it is given back: nothing prolongs it any more. False when it was lost. */
  forget(lock: HeldLock): boolean {
    const isHeld = lock.remainingMs() > 0;
    if (!isHeld) this.lose(lock);
    lock.isReleased = true;
    this.locks.delete(lock.claim.id);
    if (lock.isExtended) this.parts.extender.forget(lock.claim.id);
    return isHeld;
  }

  stop(): void {
    this.timer?.cancel();
    this.lookMs = Infinity;
  }

  private lookIn(ms: number): void {
    this.lookMs = ms;
    this.timer = this.parts.clock.after(ms, () => this.look());
  }

  private look(): void {
    this.lookMs = Infinity;
    if (this.locks.size === 0) return;
    this.parts.extender.beat();
    this.refresh();
    let lookMs = LOOK_MS;
    for (const lock of this.locks.values()) {
      this.lookAt(lock);
      lookMs = Math.min(lookMs, lookMsFor(lock));
    }
    this.lookIn(lookMs);
  }

  private lookAt(lock: HeldLock): void {
    const { ttlMs } = lock.claim;
    const leftMs = lock.remainingMs();
    if (leftMs <= Math.min(LONGEST_MARGIN_MS, ttlMs * MARGIN_SHARE)) return this.lose(lock);
    const isDue = lock.isExtended && leftMs < ttlMs * DUE_SHARE;
    if (isDue && this.parts.store.extensionOf(lock.claim) === undefined) void this.extend(lock);
  }

  private async extend(lock: HeldLock): Promise<void> {
    const { store, clock, statistics } = this.parts;
    const validUntilMs = clock.monotonic() + lock.claim.ttlMs;
    try {
      const isMine = await store.extend(lock.claim);
      if (isMine) this.learn(lock.claim.id, validUntilMs);
      else this.loseById(lock.claim.id);
    } catch {
      statistics.counters.extensionFailures += 1;
    }
  }

  private learn(claimId: string, validUntilMs: number): void {
    const lock = this.locks.get(claimId);
    if (lock === undefined) return;
    this.parts.statistics.counters.extended += 1;
    lock.validUntilMs = Math.max(lock.validUntilMs, validUntilMs);
  }

  private loseById(claimId: string): void {
    const lock = this.locks.get(claimId);
    if (lock !== undefined) this.lose(lock);
  }

  private lose(lock: HeldLock): void {
    if (lock.isLost) return;
    const { statistics, logger } = this.parts;
    statistics.counters.lost += 1;
    // Its work is told to stop: nobody else should have to wait for it any longer.
    if (lock.isExtended) this.parts.extender.forget(lock.claim.id);
    logger.warn('A lock was lost before its work had ended', {
      resource: lock.resource,
      heldMs: Math.round(lock.heldMs()),
    });
    lock.lose();
  }
}

/** Often enough to see the margin before the end. */
function lookMsFor({ claim: { ttlMs } }: HeldLock): number {
  return Math.min(LOOK_MS, (ttlMs * MARGIN_SHARE) / 2);
}
