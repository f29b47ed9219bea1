import { type Counter, MetricRegistry } from '../../platform/telemetry/index.js';
import type { Histogram } from '../../kernel/histogram.js';

const DEADLOCK = '40P01';
const MS_PER_SECOND = 1_000;

/** What the profile of statements tells Prometheus: no label of it comes from a statement. */
export class ProfileMetrics {
  /** Counts a statement that was slower than the threshold. */
  readonly slow: () => void;
  /** Counts a statement that found no place in the table of texts. */
  readonly overflowed: () => void;
  private readonly durations: Histogram;
  private readonly errors: Counter<'class'>;
  private readonly deadlocks: () => void;

  constructor(registry: MetricRegistry, textCount: () => number) {
    const durations = registry.distribution('query_duration_seconds', {
      help: 'Statements of this process, from the moment they are sent to their whole answer, in seconds.',
    });
    this.durations = durations.bind({});
    this.errors = registry.counter('query_errors_total', {
      help: 'Statements that failed, by class of SQLSTATE; "client" where the server gave none.',
      labels: ['class'],
    });
    const deadlocks = registry.counter('query_deadlocks_total', {
      help: 'Statements that were ended as victims of a deadlock.',
    });
    const slow = registry.counter('query_slow_total', {
      help: 'Statements that took QUERY_SLOW_MS or longer.',
    });
    const overflow = registry.counter('query_profile_overflow_total', {
      help: 'Statements counted together because the profile had as many texts as it keeps.',
    });
    this.deadlocks = deadlocks.bind({});
    this.slow = slow.bind({});
    this.overflowed = overflow.bind({});
    registry.observedGauge('query_profile_texts', { help: 'Texts of statements in the profile.' }, textCount);
  }

  duration(durationMs: number): void {
    this.durations.record(durationMs / MS_PER_SECOND);
  }

  failed(errorClass: string, sqlState: string | undefined): void {
    this.errors.increment({ class: errorClass });
    if (sqlState === DEADLOCK) this.deadlocks();
  }
}
