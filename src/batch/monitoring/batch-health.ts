import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Clock } from '../../kernel/clock.js';
import {
  type HealthIndicator,
  HealthIndicators,
  type Reading,
  shareReading,
} from '../../platform/health/index.js';
import { BackgroundJobs } from '../../platform/scheduling/index.js';
import { type BatchState, BatchStateRepository } from './batch-state.repository.js';

const LOOK_EVERY_MS = 10_000;
/** What was seen longer ago says nothing of now. */
const STALE_MS = 45_000;
const GOOD_BAD_RATIO = 0.01;
const GOOD_FAILED_RATIO = 0.05;
const COMMON = { component: 'batch', runbook: 'docs/runbooks/batch-job-stuck.md' } as const;

/** Says how batch jobs do, over all instances: each looks for itself, every ten seconds. */
@Injectable()
export class BatchHealth implements OnModuleInit {
  private seen: { readonly state: BatchState; readonly atMs: number } | undefined;
  private readonly startedAtMs: number;

  constructor(
    private readonly indicators: HealthIndicators,
    private readonly repository: BatchStateRepository,
    private readonly jobs: BackgroundJobs,
    private readonly clock: Clock,
  ) {
    this.startedAtMs = clock.monotonic();
  }

  onModuleInit(): void {
    this.indicators.register(...this.delays(), ...this.failures());
    this.jobs.register({ name: 'batch-health', everyMs: LOOK_EVERY_MS, run: () => this.look() });
  }

  /** @throws DatabaseUnavailableError DATABASE_UNAVAILABLE */
  async look(): Promise<void> {
    const state = await this.repository.read();
    this.seen = { state, atMs: this.clock.monotonic() };
  }

  private delays(): HealthIndicator[] {
    return [
      {
        ...COMMON,
        name: 'queue-wait',
        title: 'The time for which a batch job waits for a worker',
        unit: 'ms',
        knots: { good: 60_000, bad: 900_000, weight: 30, scale: 'log' },
        advice: 'Raise BATCH_WORKERS, or look in GET /api/jobs for what keeps the workers busy.',
        read: () => this.reading(({ waitMs }) => ({ kind: 'value', value: waitMs })),
      },
      {
        ...COMMON,
        name: 'stuck-partitions',
        title: 'The number of parts of batch jobs whose worker died and that nobody took over',
        unit: 'count',
        knots: { good: 0, bad: 3, weight: 30, scale: 'linear' },
        advice: 'Start an instance with BATCH_WORKERS above 0: those that run take nothing over.',
        read: () => this.reading(({ orphans }) => ({ kind: 'value', value: orphans })),
      },
    ];
  }

  private failures(): HealthIndicator[] {
    return [
      {
        ...COMMON,
        name: 'dead-letter-ratio',
        title: 'The share of records of the last hour that the database refused',
        unit: 'ratio',
        knots: { good: GOOD_BAD_RATIO, bad: 0.2, weight: 20, scale: 'linear' },
        advice: 'GET /api/jobs/{id}/dead-letters has them with their reasons; correct the source.',
        read: () => this.reading(({ bad, processed }) => shareReading(bad, processed, GOOD_BAD_RATIO)),
      },
      {
        ...COMMON,
        name: 'failed-jobs',
        title: 'The share of jobs of the last hour that failed',
        unit: 'ratio',
        knots: { good: GOOD_FAILED_RATIO, bad: 0.5, weight: 20, scale: 'linear' },
        advice: 'GET /api/jobs says why by `failure`; mend the cause, then POST /api/jobs/{id}/retry.',
        read: () => this.reading(({ failed, ended }) => shareReading(failed, ended, GOOD_FAILED_RATIO)),
      },
    ];
  }

  private reading(of: (state: BatchState) => Reading): Reading {
    const seenAtMs = this.seen?.atMs ?? this.startedAtMs;
    if (this.clock.monotonic() - seenAtMs > STALE_MS) {
      return { kind: 'no-data', reason: 'the queue could not be looked at for a while' };
    }
    return this.seen === undefined ? { kind: 'insufficient' } : of(this.seen.state);
  }
}
