import type { Clock } from '../../kernel/clock.js';
import type { InvalidationBus } from '../consistency/invalidation-bus.js';
import type { Replica } from '../consistency/replica.js';
import type { CacheStatistics } from '../monitoring/statistics.js';
import type { LeaseAnswer } from '../shared/shared-store.js';
import type { EntryPolicy, Loader } from './entry-policy.js';
import type { Keeper, LoadStart } from './keeper.js';
import { type AsOf, LOST, type SharedValues, type StorableValue, type UsableValue } from './shared-values.js';
import type { TimedLoad } from './timed-load.js';
import type { Wakeups } from './wakeups.js';

/** How often a process asks again while another one loads the value; the end of that load wakes it at once. */
const ASK_AGAIN_MS = 50;
/** The holder of a lease prolongs it this many times in its length. */
const EXTENSIONS_PER_LEASE = 3;
/** Unusable values a lease may answer with before the value is loaded without one. */
const MOST_UNUSABLE = 3;

/** What a flight is for. */
export interface FlightRequest {
  readonly key: string;
  readonly load: Loader<unknown>;
  readonly policy: EntryPolicy;
  /** A shared value is taken when its age is at most this share of its TTL; above 1: of TTL and grace. */
  readonly mostAgeShare: number;
}

/** What a flight brought. */
export interface Landed {
  readonly value: unknown;
  readonly source: 'l2' | 'loader' | 'stale';
  readonly ageMs: number;
}

/** What flights are made of. */
export interface FlightParts {
  readonly bus: InvalidationBus;
  readonly replica: Replica;
  readonly shared: SharedValues;
  readonly keeper: Keeper;
  readonly timedLoad: TimedLoad;
  readonly wakeups: Wakeups;
  readonly statistics: CacheStatistics;
  readonly clock: Clock;
  readonly leaseMs: number;
  /** A token nobody else ever uses. */
  readonly nextToken: () => string;
}

/**
 * One way to a value for all who wait for it.
 *
 * reading a shared value -> landed, or asking for the lease -> loading as its holder -> filling -> landed,
 * or waiting for the holder and asking again. Whenever Redis does not answer: loading alone -> landed.
 *
 * The tick of its start goes with whatever it puts into the process: an invalidation at any later moment makes
 * that invalid. A flight whose key was invalidated is detached: it ends for those who wait already, nobody new
 * joins it, and it keeps nothing.
 */
export class Flight {
  private readonly start: LoadStart;
  readonly landed: Promise<Landed>;
  private isDetached = false;
  /** Declared by the request; what dependencies pass on joins them when the value is there. */
  private cells: readonly number[];

  constructor(
    private readonly parts: FlightParts,
    private readonly request: FlightRequest,
  ) {
    this.start = parts.keeper.begin(request.key, request.policy);
    this.cells = request.policy.cells;
    this.landed = this.fly();
  }

  /** Whether a reader who comes now may have its value: nothing it is about was invalidated since it began. */
  isCurrent(): boolean {
    return !this.isDetached && this.parts.replica.isCurrent(this.request.key, this.start.tick, this.cells);
  }

  /** Some of the names it is about are only known when it has landed. */
  get mayInherit(): boolean {
    return this.request.policy.dependsOn.length > 0;
  }

  /** Its key was invalidated. */
  detach(): void {
    this.isDetached = true;
  }

  private async fly(): Promise<Landed> {
    const { bus, shared, statistics } = this.parts;
    const { key, policy } = this.request;
    const raw = bus.isShared && policy.ttlMs > 0 ? await shared.read(key) : LOST;
    if (raw === LOST) return this.loadAlone();
    const found = raw === null ? undefined : shared.judge(key, raw, this.request.mostAgeShare);
    const usable = found !== undefined && 'then' in found ? await found : found;
    if (usable !== undefined) return this.landOn(usable);
    if (this.isForReader) statistics.counters.l2Misses += 1;
    const landed = await this.seekLease(raw);
    return landed === LOST ? this.loadAlone() : landed;
  }

  private async seekLease(refused: Buffer | null): Promise<Landed | typeof LOST> {
    const token = this.parts.nextToken();
    let unusable = refused;
    for (let refusals = 0; refusals < MOST_UNUSABLE && !this.isOverdue();) {
      const answer = await this.askForLease(token, unusable);
      if (answer === LOST) return LOST;
      if (answer.kind === 'leased') return this.loadAsHolder(token, answer);
      if (answer.kind === 'busy') continue;
      const found = await this.parts.shared.judge(this.request.key, answer.raw, this.request.mostAgeShare);
      if (found !== undefined) return this.landOn(found);
      unusable = answer.raw;
      refusals += 1;
    }
    return LOST;
  }

  /** When somebody else is loading, answers after the end of that load, or after a while. */
  private async askForLease(token: string, unusable: Buffer | null): Promise<LeaseAnswer | typeof LOST> {
    const { shared, wakeups, leaseMs, statistics } = this.parts;
    const { key } = this.request;
    // Listening begins before asking: the end of the load cannot be missed in between.
    const wakeup = wakeups.expect(key);
    try {
      const answer = await shared.lease(key, { token, leaseMs, unusable });
      // Redis may carry out later what nobody waits for any more, and others would wait for that lease to end.
      if (answer === LOST) void shared.release(key, token);
      if (answer !== LOST && answer.kind === 'busy') {
        statistics.counters.leaseWaits += 1;
        await wakeup.within(Math.max(1, Math.min(ASK_AGAIN_MS, answer.remainingMs)));
      }
      return answer;
    } finally {
      wakeup.end();
    }
  }

  /** Takes a shared value that may be answered. */
  private landOn(found: UsableValue): Landed {
    const { statistics, clock } = this.parts;
    if (this.isForReader) {
      statistics.counters.l2Hits += 1;
      statistics.recordRead(this.request.key, 'l2', clock.monotonic() - this.start.startedAtMs);
    }
    this.keep(found);
    const { value, ageMs, ttlMs } = found;
    return { value, source: ageMs > ttlMs ? 'stale' : 'l2', ageMs };
  }

  private async loadAsHolder(
    token: string,
    lease: LeaseAnswer & { readonly kind: 'leased' },
  ): Promise<Landed | typeof LOST> {
    const { shared, replica, bus } = this.parts;
    const { key } = this.request;
    // The loader may take other values out of this process: they are as of what was applied here.
    const asOf = Math.min(lease.sequence ?? Infinity, replica.applied);
    const at: AsOf = { epoch: lease.epoch ?? replica.epoch, asOf };
    if (at.epoch !== replica.epoch) {
      bus.suspect();
      void shared.release(key, token);
      return LOST;
    }
    const stopExtending = this.extendLease(token);
    let isSettled = false;
    try {
      const { value, kept } = await this.load();
      isSettled = kept !== undefined && (await this.fill(token, kept, at));
      return { value, source: 'loader', ageMs: 0 };
    } finally {
      stopExtending();
      if (!isSettled) void shared.release(key, token);
    }
  }

  /** False when Redis did not answer: the lease may still be held. */
  private async fill(token: string, kept: StorableValue, at: AsOf): Promise<boolean> {
    const filled = await this.parts.shared.fill(this.request.key, token, kept, at);
    // A refused fill was overtaken by an invalidation, of which this process may not have heard yet.
    if (filled === false) this.parts.statistics.counters.refusedFills += 1;
    else this.keep({ ...kept, ageMs: 0 });
    return filled !== LOST;
  }

  private async loadAlone(): Promise<Landed> {
    const { value, kept } = await this.load();
    if (kept !== undefined) this.keep({ ...kept, ageMs: 0 });
    return { value, source: 'loader', ageMs: 0 };
  }

  /** The value as readers get it, and its storable form unless it is not to be kept. */
  private async load(): Promise<{ readonly value: unknown; readonly kept: StorableValue | undefined }> {
    const { key, load, policy } = this.request;
    const loaded = await this.parts.timedLoad.run(key, load, policy.loadTimeoutMs);
    const kept = await this.parts.keeper.prepare(key, loaded, policy);
    if (kept !== undefined) this.cells = kept.cells;
    // What it inherited is not known: nobody who came later may have it.
    else if (this.mayInherit) this.isDetached = true;
    return { value: kept === undefined ? loaded.value : kept.value, kept };
  }

  private keep(found: UsableValue): void {
    this.cells = found.cells;
    if (this.isDetached) return;
    this.parts.keeper.keep(this.start, found, this.request.policy.isEarlyRefreshed);
  }

  /** Refreshes are nobody's reads. */
  private get isForReader(): boolean {
    return this.request.mostAgeShare > 1;
  }

  private isOverdue(): boolean {
    return this.parts.clock.monotonic() - this.start.startedAtMs > this.request.policy.loadTimeoutMs;
  }

  /** A loader may be slower than its lease; a process that died prolongs nothing. */
  private extendLease(token: string): () => void {
    const { shared, clock, leaseMs } = this.parts;
    const everyMs = leaseMs / EXTENSIONS_PER_LEASE;
    const extend = (): void => {
      timer = clock.after(everyMs, extend);
      void shared.extend(this.request.key, token, leaseMs);
    };
    let timer = clock.after(everyMs, extend);
    return () => timer.cancel();
  }
}
