import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Clock } from '../kernel/clock.js';
import { BackgroundJobs } from '../platform/scheduling/index.js';
import { Fences } from './fencing/fences.js';
import { LockLeaseRepository } from './stores/lock-lease.repository.js';

const EVERY_MS = 3_600_000;

/** Forgets what is long over, so that no table of locks grows without bound. */
@Injectable()
export class LockPruning implements OnModuleInit {
  constructor(
    private readonly fences: Fences,
    private readonly leases: LockLeaseRepository,
    private readonly jobs: BackgroundJobs,
    private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    this.jobs.register({
      name: 'lock-pruning',
      everyMs: EVERY_MS,
      isLeaderOnly: true,
      run: async () => {
        await this.fences.prune(this.clock.now());
        await this.leases.prune();
      },
    });
  }
}
