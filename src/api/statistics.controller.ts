import { Controller, Get, Query } from '@nestjs/common';
import { CachedResponse } from '../cache/index.js';
import type { SeriesStatistics } from '../collectors/index.js';
import { Access, Caller, type CallerIdentity } from '../tenancy/index.js';
import { type ChartPoint, StatisticsAnswers, type WindowedRows } from './statistics-answers.js';
import { STATS_CACHING, StatsQuery, TIMESERIES_CACHING, TimeseriesQuery } from './statistics-questions.js';

/** Answers what collectors measured, from the cache where it can. */
@Controller('api/metrics')
@Access('viewer')
export class StatisticsController {
  constructor(private readonly answers: StatisticsAnswers) {}

  @Get('stats')
  @CachedResponse(STATS_CACHING)
  stats(
    @Query({ schema: StatsQuery }) query: StatsQuery,
    @Caller() { tenantId }: CallerIdentity,
  ): Promise<WindowedRows<SeriesStatistics>> {
    return this.answers.stats(query, tenantId);
  }

  @Get('timeseries')
  @CachedResponse(TIMESERIES_CACHING)
  timeseries(
    @Query({ schema: TimeseriesQuery }) query: TimeseriesQuery,
    @Caller() { tenantId }: CallerIdentity,
  ): Promise<WindowedRows<ChartPoint>> {
    return this.answers.timeseries(query, tenantId);
  }
}
