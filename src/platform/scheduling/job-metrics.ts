import { Injectable } from '@nestjs/common';
import { type Counter, type Distribution, MetricRegistry } from '../telemetry/index.js';

/** What the scheduler counts about its jobs. */
@Injectable()
export class JobMetrics {
  readonly failures: Counter<'job'>;
  readonly skipped: Counter<'job'>;
  readonly runSeconds: Distribution<'job'>;

  constructor(registry: MetricRegistry) {
    const labels = ['job'] as const;
    this.failures = registry.counter('scheduler_job_failures_total', {
      help: 'Runs of background jobs that failed.',
      labels,
    });
    this.skipped = registry.counter('scheduler_job_skipped_total', {
      help: 'Runs of background jobs left out because the previous run was still busy.',
      labels,
    });
    this.runSeconds = registry.distribution('scheduler_job_run_seconds', {
      help: 'Duration of runs of background jobs, in seconds.',
      labels,
    });
  }
}
