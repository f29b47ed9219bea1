import type { Clock } from '../../kernel/clock.js';
import { ALERT_WINDOW_S, type CacheAlert, CacheAlerts } from './cache-alerts.js';
import { CacheCounters } from './counters.js';
import { type HotKey, HotKeys } from './hot-keys.js';
import { KeyShapes, type ShapeReport } from './key-shapes.js';
import { Latencies, type LatencyReport, type TimedTier } from './latencies.js';
import { type WindowReport, windowReport } from './ratios.js';
import { type Recommendation, recommend } from './recommendations.js';
import { type CounterDeltas, Windows } from './windows.js';

/** One hit in this many is looked at; a power of two. */
export const SAMPLE_EVERY = 256;

const WINDOWS_S = { '1m': 60, '5m': 300, '1h': 3_600 } as const;
/** Entry sizes count as changed when they differ by this share. */
const TREND_SHARE = 0.1;
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
  /** Mean bytes of the values kept in the last five minutes and the last hour. */
  readonly entrySize: {
    readonly recentBytes: number | null;
    readonly hourBytes: number | null;
    readonly trend: 'growing' | 'steady' | 'shrinking' | 'unknown';
  };
  readonly shapes: readonly ShapeReport[];
  readonly recommendations: readonly Recommendation[];
  /** Those that are not resolved. */
  readonly alerts: readonly CacheAlert[];
}

/** What CacheStatistics is made of. */
export interface StatisticsParts {
  readonly clock: Clock;
  readonly bounds: Bounds;
  readonly tellAlert: (alert: CacheAlert) => void;
}

/** Watches a cache at work, in bounded memory; the hot path only counts. */
export class CacheStatistics {
  readonly counters = new CacheCounters();
  private readonly windows = new Windows(this.counters);
  private readonly hotKeys = new HotKeys();
  private readonly shapes = new KeyShapes();
  private readonly latencies = new Latencies();
  private readonly alerts: CacheAlerts;
  private local: WatchedTier | undefined;

  constructor(private readonly parts: StatisticsParts) {
    this.alerts = new CacheAlerts(parts.tellAlert);
  }

  /** The tier whose size is reported. */
  watch(local: WatchedTier): void {
    this.local = local;
  }

  /** For one hit in SAMPLE_EVERY; `look` is the hit once more, to be timed. */
  sampleHit(key: string, look: () => unknown): void {
    const startedAt = this.parts.clock.monotonic();
    look();
    this.latencies.record('l1', this.parts.clock.monotonic() - startedAt);
    this.noteHits(key, SAMPLE_EVERY);
  }

  /** For a hit that is not on the fast path. */
  recordHit(key: string): void {
    this.counters.l1Hits += 1;
    this.noteHits(key, 1);
  }

  /** For every answer that did not come from the process, and every old one that did. */
  recordRead(key: string, tier: 'l2' | 'loader' | 'stale', ms: number): void {
    if (tier !== 'stale') this.latencies.record(tier, ms);
    if (tier !== 'stale') this.hotKeys.note(key, 1);
    this.shapes.countRead(key, tier, ms);
  }

  /** For every value put into the process. */
  recordStore(key: string, bytes: number, ttlMs: number): void {
    this.counters.stores += 1;
    this.counters.storedBytes += bytes;
    this.shapes.countStore(key, bytes, ttlMs);
  }

  /** Once a second. */
  tick(): void {
    this.windows.tick();
    this.latencies.tick();
    this.alerts.check(windowReport(this.windows.since(ALERT_WINDOW_S)), this.parts.clock.now());
  }

  /** The keys read most often in this process, most read first. */
  hottest(limit: number): HotKey[] {
    return this.hotKeys.top(limit);
  }

  /** Keys that have been in the process longest and are not among those read often. */
  coldest(limit: number): HotKey[] {
    const cold: HotKey[] = [];
    let looked = 0;
    for (const key of this.local?.keys() ?? []) {
      if (cold.length >= limit || looked >= MOST_COLD) break;
      looked += 1;
      if (!this.hotKeys.has(key)) cold.push({ key, reads: 0 });
    }
    return cold;
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
      entrySize: entrySizeOf(windows),
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

function entrySizeOf(windows: StatisticsReport['windows']): StatisticsReport['entrySize'] {
  const recentBytes = windows['5m'].meanValueBytes;
  const hourBytes = windows['1h'].meanValueBytes;
  if (recentBytes === null || hourBytes === null) return { recentBytes, hourBytes, trend: 'unknown' };
  const change = recentBytes - hourBytes;
  const isSteady = Math.abs(change) <= hourBytes * TREND_SHARE;
  return { recentBytes, hourBytes, trend: isSteady ? 'steady' : change > 0 ? 'growing' : 'shrinking' };
}
