import { RecentHistogram } from './recent-histogram.js';
import type { WindowReport } from './ratios.js';

/** Bytes of values put into the process; nulls without any. */
export interface EntrySizeReport {
  /** Means of the last five minutes and the last hour. */
  readonly recentBytes: number | null;
  readonly hourBytes: number | null;
  /** Those two compared. */
  readonly trend: 'growing' | 'steady' | 'shrinking' | 'unknown';
  /** Of the last 5 to 10 minutes. */
  readonly p50Bytes: number | null;
  readonly p95Bytes: number | null;
  readonly largestBytes: number | null;
}

/** Sizes count as changed when they differ by this share. */
const TREND_SHARE = 0.1;

/** How large values are, and whether they grow. */
export class EntrySizes {
  private readonly recent = new RecentHistogram();

  record(bytes: number): void {
    this.recent.record(bytes);
  }

  /** Once a second. */
  tick(): void {
    this.recent.tick();
  }

  report(windows: { readonly '5m': WindowReport; readonly '1h': WindowReport }): EntrySizeReport {
    const recentBytes = windows['5m'].meanValueBytes;
    const hourBytes = windows['1h'].meanValueBytes;
    const recent = this.recent.merged();
    const [p50Bytes = null, p95Bytes = null] = recent
      .quantiles([0.5, 0.95])
      .map((bytes) => (bytes === null ? null : Math.round(bytes)));
    const trend = trendOf(recentBytes, hourBytes);
    return { recentBytes, hourBytes, trend, p50Bytes, p95Bytes, largestBytes: recent.max };
  }
}

function trendOf(recent: number | null, hour: number | null): EntrySizeReport['trend'] {
  if (recent === null || hour === null) return 'unknown';
  if (Math.abs(recent - hour) <= hour * TREND_SHARE) return 'steady';
  return recent > hour ? 'growing' : 'shrinking';
}
