import { AsyncLocalStorage } from 'node:async_hooks';
import { hostname } from 'node:os';
import type { Clock } from '../kernel/clock.js';
import type { Ids } from '../kernel/ids.js';
import type { Logger } from '../platform/logging/index.js';
import { type Claim, encodeHolder, encodeValue } from './claim.js';
import type { LockHolder } from './errors.js';
import { type Grant, HeldLock, type Lock } from './lock.js';
import {
  checkResource,
  inOrder,
  type LockDefaults,
  type LockOptions,
  type LockPolicy,
  lockPolicyOf,
} from './lock-options.js';
import type { LockKeeper } from './lock-keeper.js';
import type { LockQueue } from './lock-queue.js';
import {
  type ContentionRow,
  LockCounters,
  type LockStatistics,
  type Spread,
} from './monitoring/lock-statistics.js';
import type { LockStore, LockStoreKind } from './stores/lock-store.js';

/** A lock that is given back by hand. */
export interface AcquiredLock extends Lock {
  /** Gives it back, once. False when it had been lost before. */
  release(): Promise<boolean>;
}

/** A lock as it is shown. */
export interface HeldRow {
  readonly resource: string;
  readonly owner: LockHolder;
  readonly ageMs: number;
  /** The lease as it was asked for, and what is left of it. */
  readonly ttlMs: number;
  readonly remainingMs: number;
  readonly token: number;
}

/** What GET /metrics/locks shows of one instance. */
export interface LockReport {
  readonly backend: LockStoreKind;
  readonly held: readonly HeldRow[];
  readonly counters: Readonly<LockCounters>;
  readonly waitMs: Spread;
  readonly holdMs: Spread;
}

/** What LockService is made of; see createLocks. */
export interface LockParts {
  readonly store: LockStore;
  readonly queue: LockQueue;
  readonly keeper: LockKeeper;
  readonly statistics: LockStatistics;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
  readonly defaults: LockDefaults;
}

/** Locks that the work around the present line holds, innermost first. */
interface Scope {
  readonly ownerId: string;
  readonly lock: HeldLock;
  readonly outer: Scope | undefined;
}

const NO_OPTIONS: LockOptions = {};
/** Names of hosts are shorter; what is written in stores is bounded. */
const LONGEST_HOST = 255;

/**
 * Locks that one holder has at a time, across all instances. A lock is a lease: it ends when its holder is gone, and
 * a holder that stood still may not know yet. What must not happen twice is written behind a fence; see Fences.
 */
export class LockService {
  private readonly scopes = new AsyncLocalStorage<Scope>();
  private readonly holder: LockHolder;
  private readonly encodedHolder: string;
  private readonly idPrefix: string;
  private lastId = 0;

  constructor(private readonly parts: LockParts) {
    const host = hostname().replace(/[|\n]/g, '-').slice(0, LONGEST_HOST);
    this.holder = { instanceId: parts.ids.instanceId, host, pid: process.pid };
    this.encodedHolder = encodeHolder(this.holder);
    this.idPrefix = parts.ids.token(16);
  }

  /**
   * Runs `work` while holding the lock, prolongs it meanwhile, and gives it back. Work that takes a lock its caller
   * has already goes on at once.
   * @throws LockBusyError, LockTimeoutError, LockAbortedError, LockDeadlockError, LockQuorumError when it was not
   * acquired; LockLostError when it was lost before the work had ended, whatever the work answered
   */
  async withLock<T>(
    resource: string,
    work: (lock: Lock) => Promise<T>,
    options: LockOptions = NO_OPTIONS,
  ): Promise<T> {
    const outer = this.scopes.getStore();
    const own = this.find(outer, checkResource(resource));
    if (own !== undefined) return this.reenter(own, work);
    const policy = lockPolicyOf(options, this.parts.defaults);
    const claim = this.claimOf(resource, outer, policy.ttlMs);
    const grant = await this.parts.queue.acquire(claim, policy, () => resourcesOf(outer));
    const lock = this.hold(claim, grant, policy);
    const scope = { ownerId: claim.ownerId, lock, outer };
    let result: T;
    try {
      result = await this.scopes.run(scope, () => work(lock));
    } catch (error) {
      await this.giveBack(lock);
      throw error;
    }
    if (!(await this.giveBack(lock))) throw lock.lossError();
    return result;
  }

  /**
   * The same with several locks at once, in the one order everybody takes them in, so that no two callers can wait
   * for each other.
   */
  async lockAll<T>(
    resources: readonly string[],
    work: (locks: readonly Lock[]) => Promise<T>,
    options: LockOptions = NO_OPTIONS,
  ): Promise<T> {
    const untilMs = this.parts.clock.monotonic() + lockPolicyOf(options, this.parts.defaults).waitMs;
    const takeRest = ([next, ...rest]: readonly string[], locks: readonly Lock[]): Promise<T> => {
      if (next === undefined) return work(locks);
      const waitMs = Math.max(0, untilMs - this.parts.clock.monotonic());
      return this.withLock(next, (lock) => takeRest(rest, [...locks, lock]), { ...options, waitMs });
    };
    return takeRest(inOrder(resources), []);
  }

  /**
   * Acquires a lock that outlives the present call. Prefer `withLock`: a lock nobody gives back is prolonged for as
   * long as the process lives.
   * @throws as withLock
   */
  async acquire(resource: string, options: LockOptions = NO_OPTIONS): Promise<AcquiredLock> {
    const outer = this.scopes.getStore();
    const policy = lockPolicyOf(options, this.parts.defaults);
    const claim = this.claimOf(checkResource(resource), outer, policy.ttlMs);
    const grant = await this.parts.queue.acquire(claim, policy, () => resourcesOf(outer));
    const lock = this.hold(claim, grant, policy);
    let released: Promise<boolean> | undefined;
    return {
      resource,
      token: lock.token,
      get signal() {
        return lock.signal;
      },
      remainingMs: () => (released === undefined ? lock.remainingMs() : 0),
      assertHeld: () => {
        if (released !== undefined) throw lock.lossError();
        lock.assertHeld();
      },
      release: () => (released ??= this.giveBack(lock)),
    };
  }

  /** How locks stand on this instance. */
  report(): LockReport {
    const { store, keeper, statistics } = this.parts;
    const held = keeper.held().map((lock) => ({
      resource: lock.resource,
      owner: this.holder,
      ageMs: Math.round(lock.heldMs()),
      ttlMs: lock.claim.ttlMs,
      remainingMs: Math.round(lock.remainingMs()),
      token: lock.token,
    }));
    const { counters, waitMs, holdMs } = statistics;
    return {
      backend: store.kind,
      held,
      counters: Object.assign(new LockCounters(), counters),
      waitMs,
      holdMs,
    };
  }

  /** What is fought for most on this instance. */
  contention(limit: number): ContentionRow[] {
    return this.parts.statistics.contention(limit);
  }

  private async reenter<T>(lock: HeldLock, work: (lock: Lock) => Promise<T>): Promise<T> {
    lock.assertHeld();
    this.parts.statistics.counters.reentered += 1;
    const result = await work(lock);
    // Whoever had it may have ended before this work did.
    lock.assertHeld();
    return result;
  }

  private find(scope: Scope | undefined, resource: string): HeldLock | undefined {
    for (let at = scope; at !== undefined; at = at.outer) {
      // Work that was left behind by its caller has no lock any more.
      if (at.lock.resource === resource && !at.lock.isReleased) return at.lock;
    }
    return undefined;
  }

  private claimOf(resource: string, outer: Scope | undefined, ttlMs: number): Claim {
    const id = this.nextId();
    // Work that holds nothing yet is known by its first claim.
    const ownerId = outer?.ownerId ?? id;
    const value = encodeValue(id, ownerId, this.encodedHolder, this.parts.clock.now().getTime());
    return { id, ownerId, resource, isNested: outer !== undefined, ttlMs, value };
  }

  private hold(claim: Claim, grant: Grant, { isExtended }: LockPolicy): HeldLock {
    const { clock, keeper } = this.parts;
    const lock = new HeldLock(claim, grant, isExtended, clock, keeper.refresh);
    keeper.keep(lock);
    return lock;
  }

  /** False when it had been lost. A store that does not answer is asked behind: the lock ends by itself at last. */
  private async giveBack(lock: HeldLock): Promise<boolean> {
    const { keeper, store, statistics, logger } = this.parts;
    const wasHeld = keeper.forget(lock);
    statistics.recordReleased(lock.heldMs());
    try {
      const isReleased = await store.release(lock.claim);
      if (wasHeld && !isReleased) statistics.counters.lost += 1;
      return wasHeld && isReleased;
    } catch (error) {
      statistics.counters.releaseFailures += 1;
      logger.warn('A lock could not be given back; it ends by itself', {
        resource: lock.resource,
        err: error,
      });
      return wasHeld;
    }
  }

  private nextId(): string {
    this.lastId += 1;
    return `${this.idPrefix}-${this.lastId}`;
  }
}

function resourcesOf(scope: Scope | undefined): string[] {
  const resources: string[] = [];
  for (let at = scope; at !== undefined; at = at.outer) resources.push(at.lock.resource);
  return resources;
}
