import { type BeforeApplicationShutdown, Injectable, type OnModuleInit } from '@nestjs/common';
import { Database } from '../../platform/database/index.js';
import { BackgroundJobs } from '../../platform/scheduling/index.js';
import { QueryProfile } from './query-profile.js';

const UPKEEP_EVERY_MS = 10_000;

/** Shows every statement of the pool to the profile, and keeps room in it. */
@Injectable()
export class ProfileLife implements OnModuleInit, BeforeApplicationShutdown {
  constructor(
    private readonly profile: QueryProfile,
    private readonly database: Database,
    private readonly jobs: BackgroundJobs,
  ) {}

  onModuleInit(): void {
    this.database.watch(this.profile.watcher);
    this.jobs.register({
      name: 'query-profile-upkeep',
      everyMs: UPKEEP_EVERY_MS,
      run: () => this.profile.makeRoom(),
    });
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.profile.stop();
  }
}
