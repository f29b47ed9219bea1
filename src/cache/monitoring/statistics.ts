import type { Clock } from '../../kernel/clock.js';
import type { Ids } from '../../kernel/ids.js';
import { ALERT_WINDOW_S, type CacheAlert, CacheAlerts } from './cache-alerts.js';
import { CacheCounters } from './counters.js';
import { type EntrySizeReport, EntrySizes } from './entry-sizes.js';
import { EvictedKeys } from './evicted-keys.js';
import { type HotKey, HotKeys } from './hot-keys.js';
import { KeyShapes, type ShapeReport } from './key-shapes.js';
import { Latencies, type LatencyReport, type TimedTier } from './latencies.js';
import { type WindowReport, windowReport } from './ratios.js';
import { type Recommendation, recommend } from './recommendations.js';
import { gapToNext, SAMPLE_EVERY } from './sampling.js';
import { type CounterDeltas, Windows } from './windows.js';

const WINDOWS_S = { '1m': 60, '5m': 300, '1h': 3_600 } as const;
const MOST_COLD = 10_000;

/** The tier in the process, as statistics see it. */
export interface WatchedTier {
  readonly size: number;
  readonly bytes: number;
  keys(): Iterable<string>;
}

/** Bounds of that tier. */
export interface Bounds {
  readonly maxEntries: number;
  readonly maxBytes: number;
}

/** What GET /metrics/cache shows of the work of this instance. */
export interface StatisticsReport {
  /** Since the start. */
  readonly totals: CounterDeltas;
  readonly windows: Readonly<Record<keyof typeof WINDOWS_S, WindowReport>>;
  readonly latencyMs: Readonly<Record<TimedTier, LatencyReport>>;
  readonly memory: Bounds & { readonly entries: number; readonly bytes: number };
  readonly entrySize: EntrySizeReport;
  readonly shapes: readonly ShapeReport[];
  readonly recommendations: readonly Recommendation[];
  /** Those that are not resolved. */
  readonly alerts: readonly CacheAlert[];
}

/** What CacheStatistics is made of. */
export interface StatisticsParts {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly bounds: Bounds;
  readonly tellAlert: (alert: CacheAlert) => void;
}

/** Watches a cache at work, in bounded memory; the hot path only counts. */
export class CacheStatistics {
  readonly counters = new CacheCounters();
  /** The value of counters.l1Hits at which a hit of the fast path is to be given to sampleHit. */
  sampleAt: number;
  /** Hits of the slow path until one is timed. */
  private untimedHits: number;
  private readonly windows = new Windows(this.counters);
  private readonly hotKeys = new HotKeys();
  private readonly shapes = new KeyShapes();
  private readonly latencies = new Latencies();
  private readonly sizes = new EntrySizes();
  private readonly evictedKeys = new EvictedKeys(this.counters);
  private readonly alerts: CacheAlerts;
  private local: WatchedTier | undefined;

  constructor(private readonly parts: StatisticsParts) {
    this.alerts = new CacheAlerts(parts.tellAlert);
    this.sampleAt = gapToNext(parts.ids.fraction());
    this.untimedHits = gapToNext(parts.ids.fraction());
  }

  /** The tier whose size is reported. */
  watch(local: WatchedTier): void {
    this.local = local;
  }

  /** For the hit at `sampleAt`; `look` is the hit once more, to be timed. */
  sampleHit(key: string, look: () => unknown): void {
    this.sampleAt = this.counters.l1Hits + gapToNext(this.parts.ids.fraction());
    const startedAt = this.parts.clock.monotonic();
    look();
    this.latencies.record('l1', this.parts.clock.monotonic() - startedAt);
    this.noteHits(key, SAMPLE_EVERY);
  }

  /** For a hit that is not on the fast path, looked for since `sinceMs` on the monotonic clock. */
  recordHit(key: string, sinceMs: number): void {
    this.counters.l1Hits += 1;
    // It is counted here in full: it brings no sample nearer.
    this.sampleAt += 1;
    this.noteHits(key, 1);
    this.untimedHits -= 1;
    if (this.untimedHits > 0) return;
    this.untimedHits = gapToNext(this.parts.ids.fraction());
    this.latencies.record('l1', this.parts.clock.monotonic() - sinceMs);
  }

  /** For every answer that did not come from the process, and every old one that did. */
  recordRead(key: string, tier: 'l2' | 'loader' | 'stale', ms: number): void {
    if (tier !== 'stale') this.latencies.record(tier, ms);
    if (tier !== 'stale') this.hotKeys.note(key, 1);
    this.shapes.countRead(key, tier, ms);
    // What has to be loaded although Redis is there was missing for another reason than want of room.
    const { l2Hits, l2Misses } = this.counters;
    if (tier === 'l2' || (tier === 'loader' && l2Hits + l2Misses === 0)) this.evictedKeys.reloaded(key);
  }

  /** For every read that finds an entry `lateMs` after its end. */
  recordExpired(key: string, lateMs: number, ttlMs: number): void {
    this.counters.expired += 1;
    if (lateMs > ttlMs) return;
    this.counters.expiredSoon += 1;
    this.shapes.countExpiredSoon(key);
  }

  /** For every entry that makes room for others. */
  recordEviction(key: string): void {
    this.counters.evictions += 1;
    this.evictedKeys.note(key);
  }

  /** For every value put into the process. */
  recordStore(key: string, bytes: number, ttlMs: number): void {
    this.counters.stores += 1;
    this.counters.storedBytes += bytes;
    this.sizes.record(bytes);
    this.shapes.countStore(key, bytes, ttlMs);
  }

  /** Once a second. */
  tick(): void {
    this.windows.tick();
    this.latencies.tick();
    this.sizes.tick();
    this.evictedKeys.tick();
    this.alerts.check(windowReport(this.windows.since(ALERT_WINDOW_S)), this.parts.clock.now());
  }

  /** The keys read most often in this process, most read first; at most 256. */
  hottest(): HotKey[] {
    return this.hotKeys.top();
  }

  /** Keys in the process, least read first, and of those the ones that are there longest; 10,000 are looked at. */
  coldest(): HotKey[] {
    const keys: HotKey[] = [];
    for (const key of this.local?.keys() ?? []) {
      if (keys.length >= MOST_COLD) break;
      keys.push({ key, reads: this.hotKeys.readsOf(key) });
    }
    return keys.sort((one, other) => one.reads - other.reads);
  }

  report(): StatisticsReport {
    const { bounds } = this.parts;
    const windows = {
      '1m': this.window('1m'),
      '5m': this.window('5m'),
      '1h': this.window('1h'),
    };
    const memory = { ...bounds, entries: this.local?.size ?? 0, bytes: this.local?.bytes ?? 0 };
    const shapes = this.shapes.report();
    const latencyMs = this.latencies.report();
    const deltas = this.windows.since(WINDOWS_S['1h']);
    return {
      totals: this.windows.totals(),
      windows,
      latencyMs,
      memory,
      entrySize: this.sizes.report(windows),
      shapes,
      recommendations: recommend({
        hour: windows['1h'],
        deltas,
        shapes,
        loader: latencyMs.loader,
        ...memory,
      }),
      alerts: this.alerts.active,
    };
  }

  private noteHits(key: string, reads: number): void {
    this.hotKeys.note(key, reads);
    this.shapes.countHits(key, reads);
  }

  private window(name: keyof typeof WINDOWS_S): WindowReport {
    return windowReport(this.windows.since(WINDOWS_S[name]));
  }
}
