import { Module } from '@nestjs/common';

/** What statements cost, why, and what would make them cheaper. */
@Module({})
export class QueryInsightsModule {}
