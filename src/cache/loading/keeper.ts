import type { Clock } from '../../kernel/clock.js';
import type { Ids } from '../../kernel/ids.js';
import type { InvalidationBus } from '../consistency/invalidation-bus.js';
import { cellOf } from '../consistency/cells.js';
import type { Replica } from '../consistency/replica.js';
import type { LocalStore } from '../local/local-store.js';
import type { CacheStatistics } from '../monitoring/statistics.js';
import { toStored } from '../values/json-value.js';
import { type EntryPolicy, MOST_CELLS } from './entry-policy.js';
import { Lineage } from './lineage.js';
import type { SharedValues, StorableValue, UsableValue } from './shared-values.js';
import type { Loaded } from './timed-load.js';

/** Values written together would expire together: each lives up to this share shorter than asked. */
const JITTER_SHARE = 0.05;
/**
 * Early refreshes begin at most this share of the TTL before its end. Unbounded XFetch (Vattani, Chierichetti,
 * Lowenstein: "Optimal Probabilistic Cache Stampede Prevention", VLDB 2015) computes a slow value 5 to 11 times a TTL.
 */
const EARLY_SHARE = 0.2;
/** A refresh takes a shared value that is younger than this share of its TTL: somebody else was faster. */
export const REFRESHED_SHARE = 1 - EARLY_SHARE;

/** When a load began, on the clocks that matter. */
export interface LoadStart {
  readonly key: string;
  readonly tick: number;
  readonly startedAtMs: number;
  /** Keys it takes its values from, and how long these could be answered if Redis were lost. */
  readonly dependsOn: readonly string[];
  readonly deadlineMs: number;
}

/** What Keeper is made of. */
export interface KeeperParts {
  readonly local: LocalStore;
  readonly replica: Replica;
  readonly bus: InvalidationBus;
  readonly shared: SharedValues;
  readonly statistics: CacheStatistics;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly maxValueBytes: number;
  readonly outageStaleMs: number;
}

/** Makes loaded values storable, and keeps values in this process with the times they may be answered. */
export class Keeper {
  private readonly lineage = new Lineage();

  constructor(private readonly parts: KeeperParts) {}

  /** To be called before a load, or before a value is asked of Redis. */
  begin(key: string, { dependsOn }: EntryPolicy): LoadStart {
    const { replica, clock } = this.parts;
    const deadlineMs = this.deadlineOf(dependsOn);
    return { key, tick: replica.tick, startedAtMs: clock.monotonic(), dependsOn, deadlineMs };
  }

  /**
   * A loaded value in the form both tiers keep, or undefined when it is not to be kept.
   * @throws CacheValueError CACHE_VALUE_UNSUPPORTED
   */
  async prepare(
    key: string,
    { value, costMs }: Loaded,
    policy: EntryPolicy,
  ): Promise<StorableValue | undefined> {
    const ttlMs = value === null ? policy.nullTtlMs : policy.ttlMs;
    const cells = policy.dependsOn.length === 0 ? policy.cells : await this.inherit(policy);
    // Kept or not: what is being computed from it inherits them.
    this.lineage.note(key, cells);
    if (value === undefined || ttlMs <= 0) return undefined;
    const stored = toStored(value);
    if (stored.bytes > this.parts.maxValueBytes || cells.length > MOST_CELLS) {
      this.parts.statistics.counters.unkept += 1;
      return undefined;
    }
    const jitteredMs = Math.max(1, Math.round(ttlMs * (1 - this.parts.ids.fraction() * JITTER_SHARE)));
    return { ...stored, ttlMs: jitteredMs, graceMs: Math.round(policy.graceMs), costMs, cells };
  }

  /** Puts a value into the process, unless something invalidated it since `start`. */
  keep(start: LoadStart, kept: UsableValue, isEarlyRefreshed: boolean): void {
    const { local, replica, bus, clock, outageStaleMs } = this.parts;
    const { key, tick, dependsOn } = start;
    this.lineage.note(key, kept.cells);
    if (!replica.isCurrent(key, tick, [...kept.cells, cellOf(`k:${key}`)])) return;
    const bornAtMs = clock.monotonic() - kept.ageMs;
    let staleAtMs = bornAtMs + kept.ttlMs;
    let deadAtMs = staleAtMs + kept.graceMs;
    let refreshAtMs = isEarlyRefreshed ? staleAtMs - this.headStartMs(kept) : staleAtMs;
    if (bus.state === 'cut-off') {
      // Nobody tells this instance what others invalidate.
      const asOfMs = tick < bus.cutOffTick ? bus.lastCurrentAtMs : start.startedAtMs;
      const deadlineMs = Math.min(start.deadlineMs, this.deadlineOf(dependsOn));
      deadAtMs = Math.min(deadAtMs, asOfMs + outageStaleMs, deadlineMs);
      staleAtMs = Math.min(staleAtMs, deadAtMs);
      refreshAtMs = Math.min(refreshAtMs, asOfMs + outageStaleMs / 2);
    }
    const cells = kept.cells.length === 0 ? {} : { cells: kept.cells };
    const promise = Promise.resolve(kept.value);
    const bytes = kept.bytes + key.length;
    local.put(key, { promise, bytes, bornAtMs, refreshAtMs, staleAtMs, deadAtMs, tick, ...cells });
    local.markChecked(key, replica.tick);
    this.parts.statistics.recordStore(key, kept.bytes, kept.ttlMs);
  }

  /** What is computed from others lives no longer than they do, or outages would add up from one to the next. */
  private deadlineOf(dependsOn: readonly string[]): number {
    const { local, bus, outageStaleMs } = this.parts;
    const deadlines = dependsOn.map((key) => {
      const entry = local.find(key, false);
      if (entry === undefined) return Infinity;
      const isOlder = entry.tick < bus.cutOffTick;
      return isOlder ? Math.min(entry.deadAtMs, bus.lastCurrentAtMs + outageStaleMs) : entry.deadAtMs;
    });
    return Math.min(Infinity, ...deadlines);
  }

  /** Declared cells, and those of what the value was computed from. */
  private async inherit({ cells, dependsOn }: EntryPolicy): Promise<readonly number[]> {
    const inherited = await Promise.all(dependsOn.map((key) => this.cellsOf(key)));
    return [...new Set([...cells, ...inherited.flat()])];
  }

  private async cellsOf(key: string): Promise<readonly number[]> {
    const { local, bus, shared } = this.parts;
    const entry = local.find(key, false);
    const known = entry === undefined ? this.lineage.of(key) : (entry.cells ?? []);
    return known ?? (bus.isShared ? shared.cellsOf(key) : []);
  }

  /** XFetch: the dearer a value is to load, the sooner one reader refreshes it, by chance. */
  private headStartMs({ ttlMs, costMs }: UsableValue): number {
    return Math.min(ttlMs * EARLY_SHARE, costMs * -Math.log(1 - this.parts.ids.fraction()));
  }
}
