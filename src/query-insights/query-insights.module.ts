import { Module } from '@nestjs/common';
import { PROFILE_PROVIDERS } from './profile/providers.js';
import { QueryStatistics } from './query-statistics.js';

/** What statements cost, why, and what would make them cheaper. */
@Module({
  providers: [...PROFILE_PROVIDERS, QueryStatistics],
  exports: [QueryStatistics],
})
export class QueryInsightsModule {}
