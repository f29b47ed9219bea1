import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { Clock } from '../../kernel/clock.js';
import type { NumberSample } from './metric.js';
import { MetricRegistry } from './metric-registry.js';

/** How often the event loop is probed; the probe's own interval is part of what it measures. */
const PROBE_INTERVAL_MS = 20;
const NS_PER_MS = 1e6;
const MS_PER_SECOND = 1_000;
/** The lag figures start over this often, so that an old peak does not stay for ever. */
const WINDOW_MS = 60_000;

/** Memory, event-loop lag and start time of this process. */
@Injectable()
export class ProcessMetrics implements OnModuleInit, OnApplicationShutdown {
  private readonly lag: IntervalHistogram = monitorEventLoopDelay({ resolution: PROBE_INTERVAL_MS });
  private windowStartedAt: number;

  constructor(
    private readonly registry: MetricRegistry,
    private readonly clock: Clock,
  ) {
    this.windowStartedAt = clock.monotonic();
  }

  onModuleInit(): void {
    this.lag.enable();
    const startedAt = this.clock.now().getTime() / MS_PER_SECOND - process.uptime();
    this.registry.observedGauge(
      'process_resident_memory_bytes',
      { help: 'Memory of this process held in RAM, in bytes.' },
      () => process.memoryUsage.rss(),
    );
    this.registry.observedGauge(
      'process_heap_used_bytes',
      { help: 'JavaScript heap in use, in bytes.' },
      () => process.memoryUsage().heapUsed,
    );
    this.registry.observedGauge(
      'process_event_loop_lag_seconds',
      { help: 'How late the event loop ran its timers, over the last minute at most, in seconds.' },
      () => this.lagSamples(),
    );
    this.registry.observedGauge(
      'process_start_time_seconds',
      { help: 'When this process started, in seconds since 1970.' },
      () => startedAt,
    );
  }

  onApplicationShutdown(): void {
    this.lag.disable();
  }

  private lagSamples(): NumberSample[] {
    const samples = [
      { labels: { stat: 'mean' }, value: toLagSeconds(this.lag.mean) },
      { labels: { stat: 'p99' }, value: toLagSeconds(this.lag.percentile(99)) },
      { labels: { stat: 'max' }, value: toLagSeconds(this.lag.max) },
    ];
    const now = this.clock.monotonic();
    if (now - this.windowStartedAt > WINDOW_MS) {
      this.lag.reset();
      this.windowStartedAt = now;
    }
    return samples;
  }
}

/** NaN (nothing measured yet) and values below the probe's interval mean no lag. */
function toLagSeconds(delayNs: number): number {
  const lagMs = delayNs / NS_PER_MS - PROBE_INTERVAL_MS;
  return lagMs > 0 ? lagMs / MS_PER_SECOND : 0;
}
