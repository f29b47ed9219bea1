import type { InvalidationBus } from '../consistency/invalidation-bus.js';
import type { Replica } from '../consistency/replica.js';
import type { ServerTime } from '../consistency/server-time.js';
import type { CacheCounters } from '../monitoring/counters.js';
import type { Breaker } from '../shared/breaker.js';
import { type LeaseAnswer, type SharedStore, SharedStoreFullError } from '../shared/shared-store.js';
import { ALWAYS_ABOVE_BYTES } from '../values/compression.js';
import { type Decoded, decodeEnvelope, encodeEnvelope, headOf } from '../values/envelope.js';

/** Redis did not answer. */
export const LOST = Symbol('LOST');
const NOT_ASKED = Promise.resolve(LOST);

/** A value from Redis that may be answered. */
export interface UsableValue {
  readonly value: unknown;
  readonly bytes: number;
  readonly ttlMs: number;
  readonly graceMs: number;
  readonly costMs: number;
  readonly cells: readonly number[];
  readonly ageMs: number;
}

/** A value to be stored. */
export interface StorableValue extends Omit<UsableValue, 'ageMs'> {
  readonly json: string;
}

/** The position on the invalidation clock before a value was loaded. */
export interface AsOf {
  readonly epoch: string;
  readonly asOf: number;
}

/** What SharedValues is made of. */
export interface SharedValuesParts {
  readonly store: SharedStore;
  readonly breaker: Breaker;
  readonly bus: InvalidationBus;
  readonly replica: Replica;
  readonly time: ServerTime;
  readonly counters: CacheCounters;
  readonly maxValueBytes: number;
}

/**
 * Values in Redis: what is read is judged by the invalidation clock before anybody sees it. No method rejects:
 * when Redis does not answer the answer is LOST, and the bus looks what is wrong.
 */
export class SharedValues {
  constructor(private readonly parts: SharedValuesParts) {}

  /** The bytes stored under a key; null when there are none. */
  read(key: string): Promise<Buffer | null | typeof LOST> {
    return this.parts.breaker.admits() ? this.parts.store.read(key).then(this.succeed, this.fail) : NOT_ASKED;
  }

  /**
   * The value, unless it is malformed, invalidated, or older than `mostAgeShare` of its TTL (above 1: than TTL and
   * grace together).
   */
  judge(
    key: string,
    raw: Buffer,
    mostAgeShare: number,
  ): UsableValue | undefined | Promise<UsableValue | undefined> {
    const decoded = decodeEnvelope(key, raw, this.parts.maxValueBytes);
    // Most values are short and decoded at once: for them no promise is made.
    return 'then' in decoded
      ? decoded.then((value) => this.judgeDecoded(key, value, mostAgeShare))
      : this.judgeDecoded(key, decoded, mostAgeShare);
  }

  /** Cells of the value stored under a key, valid or not: what was computed from it inherits them. */
  async cellsOf(key: string): Promise<readonly number[]> {
    const raw = await this.read(key);
    if (raw === LOST || raw === null) return [];
    const decoded = await decodeEnvelope(key, raw, this.parts.maxValueBytes);
    return 'poison' in decoded ? [] : decoded.head.cells;
  }

  /** Asks to be the one who loads; `unusable` is the stored value that was judged and refused. */
  lease(
    key: string,
    { token, leaseMs, unusable }: { token: string; leaseMs: number; unusable: Buffer | null },
  ): Promise<LeaseAnswer | typeof LOST> {
    const seen = unusable === null ? {} : { seenHead: headOf(unusable) };
    return this.attempt(() => this.parts.store.lease(key, { token, leaseMs, ...seen }));
  }

  /** False: the lease was lost meanwhile, and nothing was stored. */
  async fill(key: string, token: string, kept: StorableValue, at: AsOf): Promise<boolean | typeof LOST> {
    const { store, time, counters } = this.parts;
    const { ttlMs, graceMs, costMs, cells } = kept;
    const storedAtMs = Math.round(time.now());
    const head = { ...at, storedAtMs, ttlMs, graceMs, costMs: Math.round(costMs), cells, fillId: token };
    const envelope = await encodeEnvelope(key, head, kept.json);
    if (kept.bytes > ALWAYS_ABOVE_BYTES) {
      counters.largeFills += 1;
      counters.largePlainBytes += kept.bytes;
      counters.largeStoredBytes += envelope.length;
    }
    return this.attempt(() => store.fill(key, { token, envelope, ttlMs: ttlMs + graceMs }));
  }

  extend(key: string, token: string, leaseMs: number): Promise<boolean | typeof LOST> {
    return this.attempt(() => this.parts.store.extend(key, token, leaseMs));
  }

  /** Gives a lease back, so that nobody waits for it. */
  async release(key: string, token: string): Promise<void> {
    await this.attempt(() => this.parts.store.release(key, token));
  }

  private judgeDecoded(key: string, decoded: Decoded, mostAgeShare: number): UsableValue | undefined {
    const { replica, time, counters } = this.parts;
    if ('poison' in decoded) {
      counters.poisoned += 1;
      return undefined;
    }
    const { head, value, bytes } = decoded;
    const { ttlMs, graceMs, costMs, cells } = head;
    // Redis drops what is too old by its own clock; a stamp from the future only comes from a clock that was set.
    const ageMs = Math.max(0, time.now() - head.storedAtMs);
    const mostMs = mostAgeShare > 1 ? ttlMs + graceMs : ttlMs * mostAgeShare;
    if (ageMs > mostMs || !replica.isValid(key, head.epoch, head.asOf, cells)) return undefined;
    return { value, bytes, ttlMs, graceMs, costMs, cells, ageMs };
  }

  private attempt<T>(ask: () => Promise<T>): Promise<T | typeof LOST> {
    return this.parts.breaker.admits() ? ask().then(this.succeed, this.fail) : NOT_ASKED;
  }

  private readonly succeed = <T>(answer: T): T => {
    this.parts.breaker.succeeded();
    return answer;
  };

  private readonly fail = (error: unknown): typeof LOST => {
    const { breaker, counters, bus } = this.parts;
    counters.sharedFailures += 1;
    if (error instanceof SharedStoreFullError) {
      breaker.succeeded();
    } else {
      breaker.failed();
      // The bus finds out what is wrong, and says when Redis is usable again.
      bus.suspect();
    }
    return LOST;
  };
}
