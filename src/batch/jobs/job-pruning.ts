import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { BATCH_CONFIG, type BatchConfig } from '../../config/index.js';
import { Clock } from '../../kernel/clock.js';
import { BackgroundJobs } from '../../platform/scheduling/index.js';
import { JobRepository } from '../queue/job.repository.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Longer than any upload takes. */
const ABANDONED_AFTER_MS = DAY_MS;
/** Jobs that one statement deletes: each may have thousands of dead letters. */
const JOBS_PER_STATEMENT = 100;

/** Forgets jobs that ended long ago, and uploads that nobody goes on with. The audit chain keeps what was done. */
@Injectable()
export class JobPruning implements OnModuleInit {
  constructor(
    private readonly jobs: JobRepository,
    private readonly background: BackgroundJobs,
    private readonly clock: Clock,
    @Inject(BATCH_CONFIG) private readonly config: BatchConfig,
  ) {}

  onModuleInit(): void {
    this.background.register({
      name: 'batch-pruning',
      everyMs: HOUR_MS,
      isLeaderOnly: true,
      run: (signal) => this.prune(signal),
    });
  }

  private async prune(signal: AbortSignal): Promise<void> {
    await this.jobs.forgetAbandoned(this.ago(ABANDONED_AFTER_MS));
    const before = this.ago(this.config.retentionDays * DAY_MS);
    while (!signal.aborted) {
      if ((await this.jobs.forgetEnded(before, JOBS_PER_STATEMENT)) < JOBS_PER_STATEMENT) return;
    }
  }

  private ago(ms: number): Date {
    return new Date(this.clock.now().getTime() - ms);
  }
}
