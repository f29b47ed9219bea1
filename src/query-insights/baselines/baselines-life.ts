import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { QUERY_INSIGHTS_CONFIG, type QueryInsightsConfig } from '../../config/index.js';
import { BackgroundJobs } from '../../platform/scheduling/index.js';
import { Baselines } from './baselines.js';

/** Ends windows of time, one after the other. */
@Injectable()
export class BaselinesLife implements OnModuleInit {
  constructor(
    private readonly baselines: Baselines,
    private readonly jobs: BackgroundJobs,
    @Inject(QUERY_INSIGHTS_CONFIG) private readonly config: QueryInsightsConfig,
  ) {}

  onModuleInit(): void {
    this.jobs.register({
      name: 'query-baselines',
      everyMs: this.config.baselineWindowMs,
      run: () => this.baselines.closeWindow(),
    });
  }
}
