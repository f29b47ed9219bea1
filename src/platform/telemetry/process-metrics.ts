import { constants, performance, type PerformanceEntry, PerformanceObserver } from 'node:perf_hooks';
import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { Clock } from '../../kernel/clock.js';
import { MetricRegistry } from './metric-registry.js';
import { ProcessVitals } from './process-vitals.js';

const MS_PER_SECOND = 1_000;
const US_PER_SECOND = 1_000_000;

const GC_KINDS: Readonly<Record<number, string>> = {
  [constants.NODE_PERFORMANCE_GC_MINOR]: 'minor',
  [constants.NODE_PERFORMANCE_GC_MAJOR]: 'major',
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL]: 'incremental',
  [constants.NODE_PERFORMANCE_GC_WEAKCB]: 'weak_callbacks',
};

/** An entry of type gc; the typings leave its detail out. */
interface Collection extends PerformanceEntry {
  readonly detail?: { readonly kind?: number };
}

/** Memory, processor, event loop and garbage collection of this process. Nothing is reset by being read. */
@Injectable()
export class ProcessMetrics implements OnModuleInit, OnApplicationShutdown {
  private collections: PerformanceObserver | undefined;

  constructor(
    private readonly registry: MetricRegistry,
    private readonly clock: Clock,
    private readonly vitals: ProcessVitals,
  ) {}

  onModuleInit(): void {
    this.defineMemory();
    this.defineLoop();
    this.defineTime();
    this.watchCollections();
  }

  onApplicationShutdown(): void {
    this.collections?.disconnect();
  }

  private defineMemory(): void {
    this.registry.observedGauge(
      'process_resident_memory_bytes',
      { help: 'Memory of this process held in RAM, in bytes.' },
      () => process.memoryUsage.rss(),
    );
    this.registry.observedGauge(
      'process_heap_used_bytes',
      { help: 'JavaScript heap in use, in bytes.' },
      () => this.vitals.heap().usedBytes,
    );
    this.registry.observedGauge(
      'process_heap_limit_bytes',
      { help: 'JavaScript heap at which the process ends, in bytes.' },
      () => this.vitals.heap().limitBytes,
    );
  }

  private defineLoop(): void {
    this.registry.observedGauge(
      'process_event_loop_lag_seconds',
      {
        help: 'How long work waited for the event loop, weighted by time, over the last minute, in seconds.',
      },
      () => {
        const { meanMs, p50Ms, p99Ms, maxMs } = this.vitals.lag.report();
        const stats = { mean: meanMs, p50: p50Ms, p99: p99Ms, max: maxMs };
        return Object.entries(stats).map(([stat, ms]) => ({ labels: { stat }, value: ms / MS_PER_SECOND }));
      },
    );
    this.registry.observedCounter(
      'process_event_loop_blocked_seconds_total',
      { help: 'Time in which the event loop could not take up work, in seconds.' },
      () => this.vitals.lag.blockedMs / MS_PER_SECOND,
    );
    this.registry.observedCounter(
      'process_event_loop_active_seconds_total',
      { help: 'Time the event loop was busy, in seconds.' },
      () => performance.eventLoopUtilization().active / MS_PER_SECOND,
    );
  }

  private defineTime(): void {
    const startedAt = this.clock.now().getTime() / MS_PER_SECOND - process.uptime();
    this.registry.observedGauge(
      'process_start_time_seconds',
      { help: 'When this process started, in seconds since 1970.' },
      () => startedAt,
    );
    this.registry.observedCounter(
      'process_cpu_seconds_total',
      { help: 'Processor time of this process, user and system, in seconds.' },
      () => {
        const { user, system } = process.cpuUsage();
        return (user + system) / US_PER_SECOND;
      },
    );
  }

  private watchCollections(): void {
    const collected = this.registry.counter('process_gc_seconds_total', {
      help: 'Time spent in garbage collection, in seconds.',
      labels: ['kind'],
    });
    this.collections = new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as Collection[]) {
        const kind = GC_KINDS[entry.detail?.kind ?? 0] ?? 'other';
        collected.increment({ kind }, entry.duration / MS_PER_SECOND);
        this.vitals.collectedMs += entry.duration;
      }
    });
    this.collections.observe({ entryTypes: ['gc'] });
  }
}
