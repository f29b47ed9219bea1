import type { Counter, MetricRegistry } from '../../platform/telemetry/index.js';
import type { WarmupRun } from './warmup-run.js';

/** Counts warm-ups for /metrics. */
export class WarmupMetrics {
  private readonly runs: Counter<'reason' | 'outcome'>;
  private readonly values: Counter<'outcome'>;
  private readonly untold: Counter;
  private readonly activeFailures: Counter;

  constructor(registry: MetricRegistry) {
    this.runs = registry.counter('cache_warmup_runs_total', {
      help: 'Warm-ups of the cache that ended.',
      labels: ['reason', 'outcome'],
    });
    this.values = registry.counter('cache_warmup_values_total', {
      help: 'Values warmed, or that could not be.',
      labels: ['outcome'],
    });
    this.untold = registry.counter('cache_warmup_untold_total', {
      help: 'Times the progress of a warm-up could not be told to other instances.',
    });
    this.activeFailures = registry.counter('cache_active_refresh_failures_total', {
      help: 'Rounds in which values in active use could not be refreshed.',
    });
  }

  count(reason: 'run' | 'login', { state, done, failed }: WarmupRun): void {
    this.runs.increment({ reason, outcome: state });
    this.values.increment({ outcome: 'done' }, done);
    this.values.increment({ outcome: 'failed' }, failed);
  }

  countActiveFailure(): void {
    this.activeFailures.increment({});
  }

  countUntold(): void {
    this.untold.increment({});
  }
}
