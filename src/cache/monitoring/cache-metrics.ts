import type { Counter, MetricRegistry } from '../../platform/telemetry/index.js';
import type { CacheCounters } from './counters.js';
import type { CounterName } from './windows.js';

/** Shows the counters of a cache to Prometheus; as of the last second. */
export class CacheMetrics {
  private readonly shown = new Map<CounterName, number>();
  private readonly reads: Counter<'tier' | 'outcome'>;
  private readonly loads: Counter<'outcome'>;
  private readonly invalidations: Counter<'source'>;
  private readonly failures: Counter<'part'>;
  private readonly events: Counter<'event'>;

  constructor(
    registry: MetricRegistry,
    private readonly counters: CacheCounters,
    gauges: { readonly entries: () => number; readonly bytes: () => number; readonly isJoined: () => number },
  ) {
    this.reads = registry.counter('cache_reads_total', {
      help: 'Questions to a tier of the cache.',
      labels: ['tier', 'outcome'],
    });
    this.loads = registry.counter('cache_loads_total', { help: 'Calls of loaders.', labels: ['outcome'] });
    this.invalidations = registry.counter('cache_invalidations_total', {
      help: 'Invalidations made here, and heard from other instances.',
      labels: ['source'],
    });
    this.failures = registry.counter('cache_redis_failures_total', {
      help: 'Times Redis did not serve the cache.',
      labels: ['part'],
    });
    this.events = registry.counter('cache_events_total', {
      help: 'What else happened in the cache.',
      labels: ['event'],
    });
    registry.observedGauge('cache_l1_entries', { help: 'Entries in the process.' }, gauges.entries);
    registry.observedGauge(
      'cache_l1_bytes',
      { help: 'Bytes of keys and values in the process.' },
      gauges.bytes,
    );
    registry.observedGauge(
      'cache_bus_up',
      { help: '1 while every invalidation arrives or can be read, 0 while the instance is cut off.' },
      gauges.isJoined,
    );
  }

  /** Once a second. */
  tick(): void {
    this.reads.increment({ tier: 'l1', outcome: 'hit' }, this.more('l1Hits'));
    this.reads.increment({ tier: 'l1', outcome: 'miss' }, this.more('l1Misses'));
    this.reads.increment({ tier: 'l2', outcome: 'hit' }, this.more('l2Hits'));
    this.reads.increment({ tier: 'l2', outcome: 'miss' }, this.more('l2Misses'));
    const failed = this.more('loadFailures');
    this.loads.increment({ outcome: 'failed' }, failed);
    this.loads.increment({ outcome: 'succeeded' }, Math.max(0, this.more('loads') - failed));
    this.invalidations.increment({ source: 'own' }, this.more('invalidations'));
    this.invalidations.increment({ source: 'others' }, this.more('invalidationsReceived'));
    this.failures.increment({ part: 'bus' }, this.more('busFailures'));
    this.failures.increment({ part: 'values' }, this.more('sharedFailures'));
    for (const [event, name] of EVENTS) this.events.increment({ event }, this.more(name));
  }

  private more(name: CounterName): number {
    const value = this.counters[name];
    const more = value - (this.shown.get(name) ?? 0);
    this.shown.set(name, value);
    return more;
  }
}

const EVENTS: readonly (readonly [event: string, counter: CounterName])[] = [
  ['eviction', 'evictions'],
  ['stale_served', 'staleServed'],
  ['expired', 'expired'],
  ['early_refresh', 'earlyRefreshes'],
  ['load_timeout', 'loadTimeouts'],
  ['lease_wait', 'leaseWaits'],
  ['refused_fill', 'refusedFills'],
  ['unkept', 'unkept'],
  ['poisoned', 'poisoned'],
  ['set', 'sets'],
  ['gap', 'gaps'],
  ['take_over', 'takeOvers'],
  ['journalled', 'journalled'],
  ['replayed', 'replays'],
  ['audited', 'audited'],
  ['inconsistency', 'inconsistencies'],
];
