import { valueOf } from '../../kernel/log-buckets.js';
import type { Aggregation } from '../model/condition.js';

/** Parts that a window is kept in: bounds the memory of a long one. */
const MOST_PARTS = 360;

/** Counts of a histogram by bucket, ascending. */
export type BucketCounts = ReadonlyMap<number, number>;

/** What was read of a series at one moment; counters and distributions as they have grown since the start. */
export type SignalReading =
  | { readonly kind: 'gauge'; readonly value: number }
  | { readonly kind: 'counter'; readonly total: number }
  | { readonly kind: 'distribution'; readonly sum: number; readonly buckets: BucketCounts };

/** What was seen during one part of the window. */
interface Part {
  readonly beganMs: number;
  values: number;
  sum: number;
  min: number;
  max: number;
  last: number;
  /** Of counters: what they grew by; of distributions: the cases and their sum. */
  increase: number;
  /** Of distributions. */
  readonly buckets: Map<number, number>;
}

const RANKS: Readonly<Partial<Record<Aggregation, number>>> = { p50: 0.5, p95: 0.95, p99: 0.99 };

const OF_SAMPLES: Readonly<Partial<Record<Aggregation, (seen: readonly Part[]) => number | undefined>>> = {
  mean: (seen) => sumOf(seen, 'sum') / sumOf(seen, 'values'),
  min: (seen) => Math.min(...seen.map(({ min }) => min)),
  max: (seen) => Math.max(...seen.map(({ max }) => max)),
  last: (seen) => seen.at(-1)?.last,
  sum: (seen) => sumOf(seen, 'sum'),
  count: (seen) => sumOf(seen, 'values'),
};

/**
 * The last `windowMs` of one series of one signal, as an instance sees it. Gauges are their samples; counters the rate
 * per second between samples (`sum` and `count`: what they grew by); distributions the cases recorded in the window.
 */
export class SignalWindow {
  private parts: Part[] = [];
  private before: { readonly atMs: number; readonly reading: SignalReading } | undefined;
  private kind: SignalReading['kind'] = 'gauge';
  private hasCases = false;

  constructor(private readonly windowMs: number) {}

  /** @param nowMs on the monotonic clock */
  add(reading: SignalReading, nowMs: number): void {
    const { before } = this;
    this.before = { atMs: nowMs, reading };
    this.kind = reading.kind;
    this.forget(nowMs);
    if (reading.kind === 'gauge') this.note(this.partAt(nowMs), reading.value);
    else if (before !== undefined) this.grow(before, reading, nowMs);
  }

  /**
   * False for a distribution without a case since it is looked at: that there is none in the window says nothing of it.
   * Metrics have series for all that may happen, and most of it may never.
   */
  get isExpected(): boolean {
    return this.kind !== 'distribution' || this.hasCases;
  }

  /** Null while nothing was seen within the window. */
  value(aggregation: Aggregation, nowMs: number): number | null {
    this.forget(nowMs);
    if (this.parts.length === 0) return null;
    return this.kind === 'distribution' ? this.ofCases(aggregation) : this.ofValues(aggregation);
  }

  private grow(
    { atMs, reading: earlier }: { readonly atMs: number; readonly reading: SignalReading },
    reading: SignalReading,
    nowMs: number,
  ): void {
    if (reading.kind === 'counter' && earlier.kind === 'counter') {
      const increase = reading.total - earlier.total;
      const part = this.partAt(nowMs);
      part.increase += increase;
      if (nowMs > atMs) this.note(part, (increase * 1_000) / (nowMs - atMs));
    }
    if (reading.kind === 'distribution' && earlier.kind === 'distribution') {
      this.recordCases(earlier, reading, this.partAt(nowMs));
    }
  }

  private recordCases(
    earlier: SignalReading & { kind: 'distribution' },
    reading: SignalReading & { kind: 'distribution' },
    part: Part,
  ): void {
    let cases = 0;
    for (const [bucket, count] of reading.buckets) {
      const added = count - (earlier.buckets.get(bucket) ?? 0);
      if (added <= 0) continue;
      part.buckets.set(bucket, (part.buckets.get(bucket) ?? 0) + added);
      cases += added;
    }
    part.values += 1;
    part.increase += cases;
    part.sum += reading.sum - earlier.sum;
    this.hasCases ||= cases > 0;
    if (cases > 0) part.last = (reading.sum - earlier.sum) / cases;
  }

  private note(part: Part, value: number): void {
    part.values += 1;
    part.sum += value;
    part.min = Math.min(part.min, value);
    part.max = Math.max(part.max, value);
    part.last = value;
  }

  private partAt(nowMs: number): Part {
    const newest = this.parts.at(-1);
    if (newest !== undefined && nowMs - newest.beganMs < this.windowMs / MOST_PARTS) return newest;
    const part: Part = {
      beganMs: nowMs,
      values: 0,
      sum: 0,
      min: Infinity,
      max: -Infinity,
      last: NaN,
      increase: 0,
      buckets: new Map(),
    };
    this.parts.push(part);
    return part;
  }

  private forget(nowMs: number): void {
    const first = this.parts.findIndex(({ beganMs }) => nowMs - beganMs < this.windowMs);
    this.parts = first < 0 ? [] : this.parts.slice(first);
  }

  private ofValues(aggregation: Aggregation): number | null {
    const seen = this.parts.filter(({ values }) => values > 0);
    if (seen.length === 0) return null;
    const ranks = RANKS[aggregation];
    if (ranks !== undefined) {
      return rankOf(
        seen.map((part) => [part.sum / part.values, part.values]),
        ranks,
      );
    }
    const isCounter = this.kind === 'counter';
    if (isCounter && (aggregation === 'sum' || aggregation === 'count')) return sumOf(seen, 'increase');
    return OF_SAMPLES[aggregation]?.(seen) ?? null;
  }

  private ofCases(aggregation: Aggregation): number | null {
    const cases = sumOf(this.parts, 'increase');
    if (aggregation === 'count') return cases;
    if (aggregation === 'sum') return sumOf(this.parts, 'sum');
    if (cases === 0) return null;
    if (aggregation === 'mean') return sumOf(this.parts, 'sum') / cases;
    if (aggregation === 'last') return this.parts.findLast(({ last }) => !Number.isNaN(last))?.last ?? null;
    const counted = this.parts.flatMap(({ buckets }) => [...buckets]);
    const ranks = { min: 0, max: 1, ...RANKS };
    return rankOf(
      counted.map(([bucket, count]) => [valueOf(bucket), count]),
      ranks[aggregation] ?? 1,
    );
  }
}

/** The value that this share of the cases does not exceed. */
function rankOf(weighted: readonly (readonly [value: number, cases: number])[], rank: number): number | null {
  const sorted = weighted.toSorted(([a], [b]) => a - b);
  const position = Math.max(1, Math.ceil(rank * weighted.reduce((sum, [, cases]) => sum + cases, 0) - 1e-9));
  let seen = 0;
  for (const [value, cases] of sorted) {
    seen += cases;
    if (seen >= position) return value;
  }
  return sorted.at(-1)?.[0] ?? null;
}

function sumOf(parts: readonly Part[], column: 'values' | 'sum' | 'increase'): number {
  return parts.reduce((sum, part) => sum + part[column], 0);
}
