import { QuantileSketch } from '../../kernel/quantile-sketch.js';
import type { NullableCell } from '../rollups/cell.repository.js';

/** Statistics as they are answered; null where there is nothing to compute from. Durations in ms. */
export interface Summary {
  readonly count: number;
  readonly successCount: number;
  /** 0..1 */
  readonly successRate: number | null;
  readonly totalItems: number;
  readonly avgDurationMs: number | null;
  readonly minDurationMs: number | null;
  readonly maxDurationMs: number | null;
  /** Nearest rank, within 1 %. */
  readonly p50DurationMs: number | null;
  readonly p95DurationMs: number | null;
  readonly p99DurationMs: number | null;
}

/** The summary of no events. */
export const EMPTY_SUMMARY: Summary = {
  count: 0,
  successCount: 0,
  successRate: null,
  totalItems: 0,
  avgDurationMs: null,
  minDurationMs: null,
  maxDurationMs: null,
  p50DurationMs: null,
  p95DurationMs: null,
  p99DurationMs: null,
};

/** Adds up cells of whatever tier or series, and tells their statistics. */
export class CellTotal {
  private eventCount = 0;
  private successCount = 0;
  private totalItems = 0;
  private durationCount = 0;
  private sumMs = 0;
  private minMs = Infinity;
  private maxMs = -Infinity;
  private readonly sketch = new QuantileSketch();

  /** Adds a cell; a missing one adds nothing. */
  add(cell: NullableCell): this {
    this.eventCount += cell.eventCount ?? 0;
    this.successCount += cell.successCount ?? 0;
    this.totalItems += cell.totalItems ?? 0;
    this.durationCount += cell.durationCount ?? 0;
    this.sumMs += cell.sumMs ?? 0;
    this.minMs = Math.min(this.minMs, cell.minMs ?? Infinity);
    this.maxMs = Math.max(this.maxMs, cell.maxMs ?? -Infinity);
    if (cell.sketch !== null) this.sketch.addEncoded(cell.sketch);
    return this;
  }

  summary(): Summary {
    if (this.eventCount === 0) return EMPTY_SUMMARY;
    const counts = {
      count: this.eventCount,
      successCount: this.successCount,
      successRate: this.successCount / this.eventCount,
      totalItems: this.totalItems,
    };
    if (this.durationCount === 0) return { ...EMPTY_SUMMARY, ...counts };
    const [p50, p95, p99] = this.sketch.quantiles([0.5, 0.95, 0.99]).map((value) => this.clamp(value));
    return {
      ...counts,
      avgDurationMs: this.sumMs / this.durationCount,
      minDurationMs: this.minMs,
      maxDurationMs: this.maxMs,
      p50DurationMs: p50 ?? null,
      p95DurationMs: p95 ?? null,
      p99DurationMs: p99 ?? null,
    };
  }

  /** A bucket's representative may lie just outside of what was measured; the extremes are exact. */
  private clamp(value: number | null): number | null {
    return value === null ? null : Math.min(this.maxMs, Math.max(this.minMs, value));
  }
}
