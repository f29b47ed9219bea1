import type { Counter, MetricRegistry } from '../../platform/telemetry/index.js';
import type { LockCounters } from './lock-statistics.js';

/** What Prometheus calls each counter. */
const EVENTS: readonly (readonly [event: string, counter: keyof LockCounters])[] = [
  ['acquired', 'acquired'],
  ['contended', 'contended'],
  ['reentered', 'reentered'],
  ['released', 'released'],
  ['busy', 'busy'],
  ['timed_out', 'timedOut'],
  ['aborted', 'aborted'],
  ['deadlock', 'deadlocks'],
  ['no_quorum', 'noQuorum'],
  ['lost', 'lost'],
  ['extended', 'extended'],
  ['extension_failed', 'extensionFailures'],
  ['release_failed', 'releaseFailures'],
];

/** Shows the counters of locks to Prometheus; as of the last second. */
export class LockMetrics {
  private readonly events: Counter<'event'>;
  private readonly shown = new Map<keyof LockCounters, number>();

  constructor(
    registry: MetricRegistry,
    private readonly counters: LockCounters,
    held: () => number,
  ) {
    this.events = registry.counter('lock_events_total', {
      help: 'What happened to locks.',
      labels: ['event'],
    });
    registry.observedGauge('lock_held', { help: 'Locks this instance holds.' }, held);
  }

  /** Once a second. */
  tick(): void {
    for (const [event, name] of EVENTS) {
      const value = this.counters[name];
      this.events.increment({ event }, value - (this.shown.get(name) ?? 0));
      this.shown.set(name, value);
    }
  }
}
