import type { Provider } from '@nestjs/common';
import { QUERY_INSIGHTS_CONFIG, type QueryInsightsConfig } from '../../config/index.js';
import { Clock } from '../../kernel/clock.js';
import { QueryProfile } from '../profile/query-profile.js';
import { BaselineRepository } from './baseline.repository.js';
import { Baselines } from './baselines.js';
import { BaselinesLife } from './baselines-life.js';
import { PlanRepository } from './plan.repository.js';
import { Plans } from './plans.js';

/** Baselines of statements, and their life. */
export const BASELINE_PROVIDERS: Provider[] = [
  BaselineRepository,
  BaselinesLife,
  PlanRepository,
  {
    provide: Baselines,
    inject: [QueryProfile, BaselineRepository, PlanRepository, Clock, QUERY_INSIGHTS_CONFIG],
    // One argument for each injected thing: Nest gives them by position.
    useFactory: (
      ...[profile, repository, planner, clock, { baselineRetentionDays }]: readonly [
        QueryProfile,
        BaselineRepository,
        PlanRepository,
        Clock,
        QueryInsightsConfig,
      ]
    ): Baselines => {
      const plans = new Plans(planner, clock);
      return new Baselines({ profile, repository, plans, clock, retentionDays: baselineRetentionDays });
    },
  },
];
