import { Histogram } from '../../kernel/histogram.js';
import type { MetricRegistry } from '../../platform/telemetry/index.js';

const MS_PER_SECOND = 1_000;

/** Milliseconds; null without any. */
export interface Spread {
  readonly count: number;
  readonly mean: number | null;
  readonly p50: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
  readonly max: number | null;
}

/** Times of the pool since the start, as histograms: what Micrometer calls acquire, usage and creation. */
export class PoolStatistics {
  /** In seconds, as Prometheus wants them. */
  private readonly acquireSeconds: Histogram;
  private readonly usageSeconds: Histogram;
  private readonly creationSeconds: Histogram;
  private readonly timeoutsMetric: () => void;
  private readonly lostMetric: () => void;
  private readonly creationFailedMetric: () => void;
  private readonly removedMetric: () => void;
  timeouts = 0;
  lost = 0;
  creationFailures = 0;
  removed = 0;

  constructor(registry: MetricRegistry) {
    this.acquireSeconds = registry
      .distribution('pool_acquire_seconds', { help: 'Waits for a connection of the pool, in seconds.' })
      .bind({});
    this.usageSeconds = registry
      .distribution('pool_usage_seconds', { help: 'Times connections were in use, in seconds.' })
      .bind({});
    this.creationSeconds = registry
      .distribution('pool_creation_seconds', { help: 'Times to open a connection, in seconds.' })
      .bind({});
    this.timeoutsMetric = registry
      .counter('pool_timeouts_total', { help: 'Waits that ended without a connection.' })
      .bind({});
    this.lostMetric = registry
      .counter('pool_connections_lost_total', { help: 'Connections that broke while they were open.' })
      .bind({});
    this.creationFailedMetric = registry
      .counter('pool_creation_failures_total', { help: 'Connections that could not be opened.' })
      .bind({});
    this.removedMetric = registry
      .counter('pool_connections_removed_total', {
        help: 'Dead connections that were destroyed instead of given to somebody.',
      })
      .bind({});
  }

  acquired(waitedMs: number): void {
    this.acquireSeconds.record(waitedMs / MS_PER_SECOND);
  }

  used(heldMs: number): void {
    this.usageSeconds.record(heldMs / MS_PER_SECOND);
  }

  created(tookMs: number): void {
    this.creationSeconds.record(tookMs / MS_PER_SECOND);
  }

  creationFailed(): void {
    this.creationFailures += 1;
    this.creationFailedMetric();
  }

  timedOut(): void {
    this.timeouts += 1;
    this.timeoutsMetric();
  }

  connectionLost(): void {
    this.lost += 1;
    this.lostMetric();
  }

  connectionRemoved(): void {
    this.removed += 1;
    this.removedMetric();
  }

  get acquireMs(): Spread {
    return spreadOf(this.acquireSeconds);
  }

  get usageMs(): Spread {
    return spreadOf(this.usageSeconds);
  }

  get creationMs(): Spread {
    return spreadOf(this.creationSeconds);
  }
}

function spreadOf(seconds: Histogram): Spread {
  const inMs = (value: number | null): number | null => (value === null ? null : value * MS_PER_SECOND);
  const [p50 = null, p95 = null, p99 = null] = seconds.quantiles([0.5, 0.95, 0.99]).map(inMs);
  const mean = seconds.count === 0 ? null : inMs(seconds.sum / seconds.count);
  return { count: seconds.count, mean, p50, p95, p99, max: inMs(seconds.max) };
}
