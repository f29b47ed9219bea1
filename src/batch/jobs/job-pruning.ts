import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Clock } from '../../kernel/clock.js';
import { BackgroundJobs } from '../../platform/scheduling/index.js';
import { JobRepository } from '../queue/job.repository.js';

const EVERY_MS = 3_600_000;
/** Longer than any upload takes. */
const ABANDONED_AFTER_MS = 24 * 3_600_000;

/** Forgets uploads that nobody goes on with: the process that took them in ended before they did. */
@Injectable()
export class JobPruning implements OnModuleInit {
  constructor(
    private readonly jobs: JobRepository,
    private readonly background: BackgroundJobs,
    private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    this.background.register({
      name: 'batch-pruning',
      everyMs: EVERY_MS,
      isLeaderOnly: true,
      run: () => this.jobs.forgetAbandoned(new Date(this.clock.now().getTime() - ABANDONED_AFTER_MS)),
    });
  }
}
