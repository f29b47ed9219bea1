import { Injectable, type OnModuleInit } from '@nestjs/common';
import { BackgroundJobs } from '../../platform/scheduling/index.js';
import { KeptLayouts } from './kept-layouts.js';

/** So old, at the most, is what is answered of a layout that somebody changed without a word. */
const CHECK_EVERY_MS = 1_000;

/** Has kept layouts compared with the database, on every instance. */
@Injectable()
export class KeptCheck implements OnModuleInit {
  constructor(
    private readonly jobs: BackgroundJobs,
    private readonly kept: KeptLayouts,
  ) {}

  onModuleInit(): void {
    this.jobs.register({
      name: 'dashboards-kept-check',
      everyMs: CHECK_EVERY_MS,
      run: () => this.kept.check(),
    });
  }
}
