import type { LatencyReport } from './latencies.js';
import type { ShapeReport } from './key-shapes.js';
import type { WindowReport } from './ratios.js';
import { SAMPLE_EVERY } from './sampling.js';
import type { CounterDeltas } from './windows.js';

/** What could be better, with the figures that say so. */
export interface Recommendation {
  readonly code: string;
  readonly advice: string;
  readonly figures: Readonly<Record<string, number | string>>;
}

/** What recommendations are drawn from: the last hour, and the shapes since the start. */
export interface Evidence {
  readonly hour: WindowReport;
  readonly deltas: CounterDeltas;
  readonly shapes: readonly ShapeReport[];
  readonly loader: LatencyReport;
  readonly entries: number;
  readonly maxEntries: number;
  readonly bytes: number;
  readonly maxBytes: number;
}

type Rule = (evidence: Evidence) => Recommendation | readonly Recommendation[] | undefined;

/** With less than this there is nothing to be concluded. */
const LEAST_READS = 1_000;
const LEAST_LOADS = 100;
const LEAST_LARGE = 10;
/** Evictions that were watched to their end. */
const LEAST_EVICTIONS = 50;
/** Hits are sampled: of fewer stores, some were read although no sample shows it. */
const LEAST_STORES = 10 * SAMPLE_EVERY;
/** What more room has to bring, as a share of the reads. */
const LEAST_GAIN = 0.02;
const LEAST_SAVED_SHARE = 0.2;
const LARGE_BYTES = 100_000;
const SLOW_MS = 200;
const MOST_SHAPES = 5;

/** Most telling first. */
export function recommend(evidence: Evidence): Recommendation[] {
  return RULES.flatMap((rule) => rule(evidence) ?? []);
}

const RULES: readonly Rule[] = [
  ({ hour, deltas, entries, maxEntries, bytes, maxBytes }) => {
    const { evictionsWatched: watched, evictionsRegretted: regretted } = deltas;
    if (hour.reads < LEAST_READS || watched < LEAST_EVICTIONS) return undefined;
    const evictionRatio = hour.evictionRatio ?? 0;
    const gainedHitRatio = (evictionRatio * regretted) / watched;
    if (gainedHitRatio < LEAST_GAIN) return undefined;
    const sample = { watched, regretted, gainedHitRatio: round(gainedHitRatio) };
    const figures = { evictionRatio: round(evictionRatio), ...sample, entries, maxEntries, bytes, maxBytes };
    if (bytes > maxBytes * 0.9) {
      return {
        code: 'L1_BYTES_TOO_FEW',
        advice:
          'Values leave the process for want of bytes and are asked for again: raise CACHE_MAX_BYTES, or cache smaller values.',
        figures,
      };
    }
    return {
      code: 'L1_TOO_SMALL',
      advice: 'Entries leave the process and are asked for again within a minute: raise CACHE_MAX_SIZE.',
      figures,
    };
  },
  ({ deltas: { expiredSoon, l1Misses }, hour, shapes }) => {
    const share = l1Misses === 0 ? 0 : expiredSoon / l1Misses;
    if (hour.reads < LEAST_READS || expiredSoon < LEAST_LOADS || share < 0.5) return undefined;
    const mostly = shapes.reduce<ShapeReport | undefined>(
      (most, shape) => (shape.expiredSoon > (most?.expiredSoon ?? 0) ? shape : most),
      undefined,
    );
    const where = mostly && { mostlyShape: mostly.shape, meanTtlMs: mostly.meanTtlMs ?? 0 };
    return {
      code: 'TTL_TOO_SHORT',
      advice:
        'Most misses are of values that had just expired: give them a longer TTL, and tags to invalidate them by.',
      figures: { expiredSoon, l1Misses, share: round(share), ...where },
    };
  },
  ({ shapes }) =>
    shapes
      .filter(({ stores, l1Hits, l2Hits }) => stores >= LEAST_STORES && l1Hits + l2Hits === 0)
      .slice(0, MOST_SHAPES)
      .map(({ shape, stores, meanTtlMs }) => ({
        code: 'SHAPE_NEVER_HIT',
        advice:
          'Values of this form are stored and never read again: do not cache them, or coarsen their keys.',
        figures: { shape, stores, meanTtlMs: meanTtlMs ?? 0 },
      })),
  ({ shapes }) =>
    shapes
      .filter(({ stores, meanBytes }) => stores >= LEAST_LARGE && (meanBytes ?? 0) > LARGE_BYTES)
      .slice(0, MOST_SHAPES)
      .map(({ shape, stores, meanBytes }) => ({
        code: 'VALUES_TOO_LARGE',
        advice: 'Values of this form are large: cache what is shown instead of what it is made from.',
        figures: { shape, stores, meanBytes: meanBytes ?? 0 },
      })),
  ({ deltas: { largeFills, largePlainBytes, largeStoredBytes } }) => {
    const savedShare = largePlainBytes === 0 ? 1 : 1 - largeStoredBytes / largePlainBytes;
    if (largeFills < LEAST_LARGE || savedShare >= LEAST_SAVED_SHARE) return undefined;
    return {
      code: 'COMPRESSION_WASTED',
      advice:
        'Large values hardly become smaller when they are compressed: keep what is dense already, such as images in base64, elsewhere.',
      figures: { largeFills, largePlainBytes, largeStoredBytes, savedShare: round(savedShare) },
    };
  },
  ({ loader, deltas }) => {
    const isSlow = loader.count >= LEAST_LOADS && (loader.p95 ?? 0) > SLOW_MS;
    if (!isSlow || deltas.staleServed > 0) return undefined;
    return {
      code: 'GRACE_WORTH_SETTING',
      advice:
        'Loads are slow and readers wait for them: set graceMs, so that an old value is answered meanwhile.',
      figures: { loads: loader.count, p95Ms: round(loader.p95), staleServed: deltas.staleServed },
    };
  },
  ({ deltas: { loads, loadFailures } }) => {
    if (loads < LEAST_LOADS || loadFailures / loads <= 0.1) return undefined;
    return {
      code: 'LOADS_FAIL',
      advice: 'Many loads fail: look at their source, and set graceMs to answer the last value meanwhile.',
      figures: { loads, loadFailures, share: round(loadFailures / loads) },
    };
  },
  ({ deltas: { loads, refusedFills } }) => {
    if (loads < LEAST_LOADS || refusedFills / loads <= 0.2) return undefined;
    return {
      code: 'INVALIDATED_WHILE_LOADING',
      advice: 'Values are invalidated while they are loaded: invalidate less broadly, or load faster.',
      figures: { loads, refusedFills, share: round(refusedFills / loads) },
    };
  },
  ({ deltas: { poisoned } }) => {
    if (poisoned === 0) return undefined;
    return {
      code: 'FOREIGN_VALUES',
      advice:
        "Redis holds values under this cache's keys that it did not write: give each program a CACHE_NAMESPACE or a Redis of its own.",
      figures: { poisoned },
    };
  },
  ({ deltas: { gaps, takeOvers, sharedFailures, busFailures } }) => {
    const failures = sharedFailures + busFailures;
    if (gaps + takeOvers < 60 && failures < LEAST_LOADS) return undefined;
    return {
      code: 'REDIS_UNSTEADY',
      advice:
        'Redis often fails or loses messages: look at its network, load, memory limit and eviction policy.',
      figures: { gaps, takeOvers, failures },
    };
  },
];

function round(value: number | null): number {
  return Math.round((value ?? 0) * 1_000) / 1_000;
}
