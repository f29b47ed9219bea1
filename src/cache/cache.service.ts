import { AppError } from '../kernel/app-error.js';
import type { CoarseClock } from '../kernel/coarse-clock.js';
import type { Clock } from '../kernel/clock.js';
import type { BusState, InvalidationBus } from './consistency/invalidation-bus.js';
import type { Replica } from './consistency/replica.js';
import { type Invalidation, type InvalidationReceipt, resolveInvalidation } from './invalidation.js';
import { checkKey } from './keys.js';
import {
  type EntryOptions,
  type EntryPolicy,
  type Loader,
  policyOf,
  type PolicyDefaults,
} from './loading/entry-policy.js';
import type { FlightRequest } from './loading/flight.js';
import type { Flights } from './loading/flights.js';
import { REFRESHED_SHARE } from './loading/keeper.js';
import { LOST, type SharedValues } from './loading/shared-values.js';
import type { Writer } from './loading/writer.js';
import type { LocalEntry, LocalStore } from './local/local-store.js';
import type { CacheStatistics, StatisticsReport } from './monitoring/statistics.js';

/** A value with where it came from. */
export interface CacheRead<T> {
  readonly value: T;
  /** l1: this process. l2: Redis. stale: past its TTL, within its grace. */
  readonly source: 'l1' | 'l2' | 'loader' | 'stale';
  /** Since it was loaded. */
  readonly ageMs: number;
}

/** How a cache stands. */
export interface CacheState {
  readonly bus: BusState;
  /** Of the shared clock; a new one means that everything cached before was dropped. Empty without Redis. */
  readonly epoch: string;
  /** Invalidations applied here, by their shared number. */
  readonly sequence: number;
  /** Invalidations that wait for Redis. */
  readonly journalled: number;
  readonly entries: number;
  readonly bytes: number;
  readonly loading: number;
}

/** What GET /metrics/cache shows. */
export interface CacheReport extends StatisticsReport {
  readonly state: CacheState;
}

/** What CacheService is made of; see createCache. */
export interface CacheParts {
  readonly local: LocalStore;
  readonly replica: Replica;
  readonly bus: InvalidationBus;
  readonly shared: SharedValues;
  readonly flights: Flights;
  readonly writer: Writer;
  readonly statistics: CacheStatistics;
  readonly clock: Clock;
  readonly coarseClock: CoarseClock;
  readonly defaults: PolicyDefaults;
  readonly outageStaleMs: number;
}

/** An entry of this process that may be answered, and what is to be done about it. */
interface Found {
  readonly promise: Promise<unknown>;
  readonly stage: 'fresh' | 'due' | 'stale';
  readonly ageMs: number;
  /** When it was looked for, on the monotonic clock. */
  readonly soughtAtMs: number;
}

/** A read on its way. */
type ReadRequest = Omit<FlightRequest, 'mostAgeShare'>;

const NO_OPTIONS: EntryOptions = Object.freeze({});
/** Share of its TTL up to which a shared value counts for a reader: all of it, and its grace. */
const ANY_SHARE = 2;
/** Warming leaves values alone that have lived for less than this share of their TTL. */
const WARM_SHARE = 0.5;

/**
 * Two tiers of values, this process and Redis, in front of loaders. A value that was invalidated is never answered
 * to a read that begins after the invalidation was acknowledged; docs/explanation/cache-consistency.md tells how,
 * and where the limits are. Values are frozen, and exactly what a JSON round trip gives.
 */
export class CacheService {
  readonly statistics: CacheStatistics;
  private readonly defaultPolicy: EntryPolicy;

  constructor(private readonly parts: CacheParts) {
    this.statistics = parts.statistics;
    this.defaultPolicy = policyOf(NO_OPTIONS, parts.defaults);
  }

  /**
   * The value of `key`, loaded by `load` when no tier has it: once for all who ask at the same time, in this process
   * and in others. A hit costs a map look-up and returns the entry's own promise.
   * @throws whatever `load` throws, CacheLoadTimeoutError, CacheValueError, CacheKeyError, CacheTagError, CacheOptionError
   */
  getOrLoad<T>(key: string, load: Loader<T>, options: EntryOptions = NO_OPTIONS): Promise<T> {
    const { local, bus, replica, coarseClock } = this.parts;
    // Not an async function: those cost a promise more than a hit does.
    const hit = bus.isTrusted ? local.hit(key, coarseClock.now(), replica.tick) : undefined;
    if (hit === undefined) return this.read(key, load, options).then(({ value }) => value);
    const { statistics } = this.parts;
    statistics.counters.l1Hits += 1;
    if (statistics.counters.l1Hits >= statistics.sampleAt) this.sampleHit(key);
    return hit as Promise<T>;
  }

  /** As getOrLoad, with the source and the age of the value. */
  read<T>(key: string, load: Loader<T>, options: EntryOptions = NO_OPTIONS): Promise<CacheRead<T>> {
    const { bus } = this.parts;
    let request: ReadRequest;
    try {
      request = { key: checkKey(key), load, policy: this.policyFor(options) };
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      return Promise.reject(error);
    }
    // Promises are most of what a read costs: where nothing is to be waited for, none is made.
    const reading = bus.isTrusted ? this.readNow(request) : bus.catchUp().then(() => this.readNow(request));
    return reading as Promise<CacheRead<T>>;
  }

  private readNow(request: ReadRequest): Promise<CacheRead<unknown>> {
    const { statistics, flights } = this.parts;
    const found = this.find(request.key);
    if (found !== undefined) return this.answer(found, request);
    statistics.counters.l1Misses += 1;
    // Ten thousand may wait for one load: they share its promise.
    const joined = flights.join(request.key);
    if (joined !== undefined) return joined;
    return flights.fly({ ...request, mostAgeShare: ANY_SHARE }).then((landed) => {
      if (landed.source === 'stale') {
        statistics.counters.staleServed += 1;
        void flights.refresh({ ...request, mostAgeShare: REFRESHED_SHARE });
      }
      return landed;
    });
  }

  /** What the tiers have; undefined when neither has the key. Nothing is loaded or refreshed. */
  async get<T>(key: string): Promise<T | undefined> {
    const { bus, shared, statistics } = this.parts;
    checkKey(key);
    if (!bus.isTrusted) await bus.catchUp();
    const found = this.find(key);
    if (found !== undefined) {
      statistics.recordHit(key, found.soughtAtMs);
      return (await found.promise) as T;
    }
    statistics.counters.l1Misses += 1;
    if (!bus.isShared) return undefined;
    const raw = await shared.read(key);
    const usable = raw === LOST || raw === null ? undefined : await shared.judge(key, raw, ANY_SHARE);
    statistics.counters[usable === undefined ? 'l2Misses' : 'l2Hits'] += 1;
    return usable?.value as T | undefined;
  }

  /**
   * Stores a value under a key, in place of any other, everywhere. With a TTL of 0 or less, or `undefined`, the key
   * is only invalidated.
   * @throws CacheValueError CACHE_VALUE_UNSUPPORTED; then the old value stays
   */
  async set(key: string, value: unknown, options: EntryOptions = NO_OPTIONS): Promise<void> {
    const policy = this.policyFor(options);
    this.parts.statistics.counters.sets += 1;
    await this.parts.writer.write(checkKey(key), value, policy);
  }

  /**
   * Makes values invalid on every instance; call it after what they were computed from has changed. One round trip
   * whatever the number of values (and one for every hundred keys that are named).
   */
  async invalidate(what: Invalidation): Promise<InvalidationReceipt> {
    const { bus, statistics } = this.parts;
    const { change, widenedTo } = resolveInvalidation(what);
    statistics.counters.invalidations += 1;
    const { sequence, isEverywhere } = await bus.publish(change);
    const reach = bus.state === 'alone' ? 'alone' : isEverywhere ? 'everywhere' : 'later';
    return { reach, sequence, widenedTo };
  }

  /** Makes every value invalid. */
  clear(): Promise<InvalidationReceipt> {
    return this.invalidate({ everything: true });
  }

  /**
   * Loads a value ahead of its readers, unless it has lived for less than half of its TTL.
   * @throws as getOrLoad
   */
  async warm(key: string, load: Loader<unknown>, options: EntryOptions = NO_OPTIONS): Promise<void> {
    const { bus, flights, local, clock } = this.parts;
    const policy = this.policyFor(options);
    checkKey(key);
    if (!bus.isTrusted) await bus.catchUp();
    const entry = this.find(key) && local.find(key, false);
    if (entry !== undefined && entry.staleAtMs - clock.monotonic() > policy.ttlMs * WARM_SHARE) return;
    await flights.fly({ key, load, policy, mostAgeShare: WARM_SHARE });
  }

  /** How this instance's cache stands and works. */
  report(): CacheReport {
    return { state: this.state, ...this.statistics.report() };
  }

  get state(): CacheState {
    const { bus, replica, local, flights } = this.parts;
    return {
      bus: bus.state,
      epoch: replica.epoch,
      sequence: replica.applied,
      journalled: bus.journalled,
      entries: local.size,
      bytes: local.bytes,
      loading: flights.size,
    };
  }

  private policyFor(options: EntryOptions): EntryPolicy {
    return options === NO_OPTIONS ? this.defaultPolicy : policyOf(options, this.parts.defaults);
  }

  /** Apart from the fast path: what a closure takes along is put aside at each call of the function around it. */
  private sampleHit(key: string): void {
    const { statistics, local, coarseClock, replica } = this.parts;
    statistics.sampleHit(key, () => local.hit(key, coarseClock.now(), replica.tick));
  }

  private async answer(
    { promise, stage, ageMs, soughtAtMs }: Found,
    { key, load, policy }: ReadRequest,
  ): Promise<CacheRead<unknown>> {
    const { flights, statistics, clock } = this.parts;
    const { counters } = statistics;
    statistics.recordHit(key, soughtAtMs);
    const value = await promise;
    if (stage === 'fresh') return { value, source: 'l1', ageMs };
    if (stage === 'due' && !flights.isOpen(key)) counters.earlyRefreshes += 1;
    const refreshed = flights.refresh({ key, load, policy, mostAgeShare: REFRESHED_SHARE });
    if (stage === 'due') return { value, source: 'l1', ageMs };
    const waited = new AbortController();
    const landed =
      policy.softTimeoutMs > 0
        ? await Promise.race([refreshed, clock.sleep(policy.softTimeoutMs, waited.signal)])
        : undefined;
    waited.abort();
    if (landed !== undefined) return landed;
    counters.staleServed += 1;
    statistics.recordRead(key, 'stale', 0);
    return { value, source: 'stale', ageMs };
  }

  /** The entry of this process, if it may be answered now. */
  private find(key: string): Found | undefined {
    const { local, replica, bus, clock, statistics } = this.parts;
    const nowMs = clock.monotonic();
    const entry = local.find(key);
    if (entry === undefined) return undefined;
    const isDead = nowMs >= entry.deadAtMs;
    if (isDead) statistics.recordExpired(key, nowMs - entry.deadAtMs, entry.deadAtMs - entry.bornAtMs);
    if (isDead || !replica.isCurrent(key, entry.tick, entry.cells)) {
      local.delete(key);
      return undefined;
    }
    if (bus.isTrusted) local.markChecked(key, replica.tick);
    const { refreshAtMs, deadAtMs } = this.withinOutage(entry);
    if (nowMs >= deadAtMs) return undefined;
    const stage = nowMs < refreshAtMs ? 'fresh' : nowMs < entry.staleAtMs ? 'due' : 'stale';
    return { promise: entry.promise, stage, ageMs: Math.max(0, nowMs - entry.bornAtMs), soughtAtMs: nowMs };
  }

  /** What others invalidate while Redis is away is not known here: entries from before then live shorter. */
  private withinOutage({
    tick,
    refreshAtMs,
    deadAtMs,
  }: LocalEntry): Pick<LocalEntry, 'refreshAtMs' | 'deadAtMs'> {
    const { bus, outageStaleMs } = this.parts;
    if (bus.state !== 'cut-off' || tick >= bus.cutOffTick) return { refreshAtMs, deadAtMs };
    return {
      refreshAtMs: Math.min(refreshAtMs, bus.lastCurrentAtMs + outageStaleMs / 2),
      deadAtMs: Math.min(deadAtMs, bus.lastCurrentAtMs + outageStaleMs),
    };
  }
}
