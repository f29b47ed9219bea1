import { Module } from '@nestjs/common';
import { MONITOR_PROVIDERS } from './monitors/providers.js';
import { PROFILE_PROVIDERS } from './profile/providers.js';
import { QueryStatistics } from './query-statistics.js';

/** What statements cost, why, and what would make them cheaper. */
@Module({
  providers: [...PROFILE_PROVIDERS, ...MONITOR_PROVIDERS, QueryStatistics],
  exports: [QueryStatistics],
})
export class QueryInsightsModule {}
