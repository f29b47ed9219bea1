import type { Clock, Timer } from '../../kernel/clock.js';
import { type Claim, holderOf } from '../claim.js';
import type { Attempt, LockStore } from './lock-store.js';

/** A lock that is held, and who waits for it. */
interface Held {
  claim: Claim;
  untilMs: number;
  timer: Timer | undefined;
  readonly queue: Claim[];
}

/** Locks of one process, first come first served. */
export class ProcessLockStore implements LockStore {
  readonly kind = 'process';
  private readonly locks = new Map<string, Held>();
  private readonly listeners: ((claimId: string) => void)[] = [];
  private lastToken: number;

  constructor(private readonly clock: Clock) {
    // Tokens of a later process are greater.
    this.lastToken = clock.now().getTime() * 1_000;
  }

  onGrant(listener: (claimId: string) => void): void {
    this.listeners.push(listener);
  }

  tryClaim(claim: Claim, isWaiting: boolean): Promise<Attempt> {
    return Promise.resolve(this.take(claim, isWaiting));
  }

  leave(claim: Claim): Promise<void> {
    const queue = this.locks.get(claim.resource)?.queue ?? [];
    const place = queue.findIndex(({ id }) => id === claim.id);
    if (place !== -1) queue.splice(place, 1);
    return this.release(claim).then(() => undefined);
  }

  release({ resource, id }: Claim): Promise<boolean> {
    const held = this.locks.get(resource);
    if (held?.claim.id !== id) return Promise.resolve(false);
    this.handOn(held);
    return Promise.resolve(true);
  }

  extend({ resource, id, ttlMs }: Claim): Promise<boolean> {
    const held = this.locks.get(resource);
    if (held?.claim.id !== id) return Promise.resolve(false);
    this.expireAfter(held, ttlMs);
    return Promise.resolve(true);
  }

  extensionOf(): undefined {
    return undefined;
  }

  private take(claim: Claim, isWaiting: boolean): Attempt {
    const held = this.locks.get(claim.resource);
    if (held === undefined) {
      const fresh: Held = { claim, untilMs: 0, timer: undefined, queue: [] };
      this.locks.set(claim.resource, fresh);
      this.expireAfter(fresh, claim.ttlMs);
    } else if (held.claim.id === claim.id) {
      this.expireAfter(held, claim.ttlMs);
    } else {
      return this.refuse(claim, held, isWaiting);
    }
    this.lastToken += 1;
    return { kind: 'granted', token: this.lastToken };
  }

  private refuse(claim: Claim, held: Held, isWaiting: boolean): Attempt {
    const cycle = isWaiting && claim.isNested ? this.pathTo(claim, held.claim) : undefined;
    if (cycle !== undefined) {
      void this.leave(claim);
      return { kind: 'deadlock', cycle };
    }
    if (isWaiting && !held.queue.some(({ id }) => id === claim.id)) held.queue.push(claim);
    const remainingMs = Math.max(0, held.untilMs - this.clock.monotonic());
    return { kind: 'busy', holder: holderOf(held.claim.value), remainingMs, retryMs: remainingMs + 1 };
  }

  /** Owners from the holder to the caller, if each waits for what the next one holds. */
  private pathTo(caller: Claim, holder: Claim): readonly string[] | undefined {
    // A sibling branch of the same owner will let go by itself.
    if (holder.ownerId === caller.ownerId) return undefined;
    const seen = new Set<string>();
    const walk = (ownerId: string): readonly string[] | undefined => {
      if (ownerId === caller.ownerId) return [ownerId];
      if (seen.has(ownerId)) return undefined;
      seen.add(ownerId);
      for (const { claim, queue } of this.locks.values()) {
        if (!queue.some((waiting) => waiting.ownerId === ownerId && waiting.isNested)) continue;
        const path = walk(claim.ownerId);
        if (path !== undefined) return [ownerId, ...path];
      }
      return undefined;
    };
    return walk(holder.ownerId);
  }

  private handOn(held: Held): void {
    held.timer?.cancel();
    const next = held.queue.shift();
    if (next === undefined) {
      this.locks.delete(held.claim.resource);
      return;
    }
    held.claim = next;
    this.expireAfter(held, next.ttlMs);
    for (const listener of this.listeners) listener(next.id);
  }

  private expireAfter(held: Held, ttlMs: number): void {
    held.timer?.cancel();
    held.untilMs = this.clock.monotonic() + ttlMs;
    held.timer = this.clock.after(ttlMs, () => this.handOn(held));
  }
}
