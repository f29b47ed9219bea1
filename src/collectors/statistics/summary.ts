import { QuantileSketch } from '../../kernel/quantile-sketch.js';
import type { Cell } from '../rollups/cell.repository.js';

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

/** Turns a cell into what is answered. A series without a matching cell comes with nulls all over. */
export function summarise(cell: { readonly [Column in keyof Cell]: Cell[Column] | null }): Summary {
  const { eventCount, successCount, totalItems, durationCount, sumMs, minMs, maxMs, sketch } = cell;
  if (!eventCount) return EMPTY_SUMMARY;
  const percentiles = new QuantileSketch();
  percentiles.addEncoded(sketch ?? Buffer.alloc(0));
  const [p50, p95, p99] = percentiles.quantiles([0.5, 0.95, 0.99]);
  // A bucket's representative may lie just outside of what was measured; the extremes are exact.
  const clamp = (value: number | null | undefined): number | null =>
    typeof value === 'number' ? Math.min(maxMs ?? value, Math.max(minMs ?? value, value)) : null;
  return {
    count: eventCount,
    successCount: successCount ?? 0,
    successRate: (successCount ?? 0) / eventCount,
    totalItems: totalItems ?? 0,
    avgDurationMs: durationCount ? (sumMs ?? 0) / durationCount : null,
    minDurationMs: minMs,
    maxDurationMs: maxMs,
    p50DurationMs: clamp(p50),
    p95DurationMs: clamp(p95),
    p99DurationMs: clamp(p99),
  };
}
