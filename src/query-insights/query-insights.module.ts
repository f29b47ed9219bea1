import { Module } from '@nestjs/common';
import { IndexAdvisor } from './advice/index-advisor.js';
import { ADVICE_PROVIDERS } from './advice/providers.js';
import { BASELINE_PROVIDERS } from './baselines/providers.js';
import { MONITOR_PROVIDERS } from './monitors/providers.js';
import { PLAN_PROVIDERS } from './plans/providers.js';
import { QueryPlans } from './plans/query-plans.js';
import { PROFILE_PROVIDERS } from './profile/providers.js';
import { QueryStatistics } from './query-statistics.js';

/** What statements cost, why, and what would make them cheaper. */
@Module({
  providers: [
    ...PROFILE_PROVIDERS,
    ...MONITOR_PROVIDERS,
    ...BASELINE_PROVIDERS,
    ...PLAN_PROVIDERS,
    ...ADVICE_PROVIDERS,
    QueryStatistics,
  ],
  exports: [IndexAdvisor, QueryPlans, QueryStatistics],
})
export class QueryInsightsModule {}
