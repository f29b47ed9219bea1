import { Controller, Get, Query } from '@nestjs/common';
import type { Request } from 'express';
import { z } from 'zod';
import { CachedResponse, METRICS_ENTITIES, metricsTag, selectionTag } from '../cache/index.js';
import {
  type Granularity,
  GRANULARITIES,
  Instant,
  ROLLING_WINDOWS,
  SeriesName,
  type SeriesStatistics,
  Statistics,
  type StatisticsRequest,
  type TimeseriesPoint,
} from '../collectors/index.js';
import { Access, Caller, callerOf, type CallerIdentity } from '../tenancy/index.js';

const DEFAULT_WINDOW = '1d';

const InstantDate = Instant.transform((text) => new Date(text));

const keysOf = <Key extends string>(record: Record<Key, unknown>): Key[] => Object.keys(record) as Key[];

const StatsQuery = z
  .strictObject({
    scraper: SeriesName.optional(),
    type: SeriesName.optional(),
    timeWindow: z.enum(keysOf(ROLLING_WINDOWS)).optional(),
    from: InstantDate.optional(),
    to: InstantDate.optional(),
  })
  .refine(
    ({ timeWindow, from, to }) => timeWindow === undefined || (from === undefined && to === undefined),
    {
      path: ['timeWindow'],
      error: 'excludes from and to',
    },
  )
  .refine(({ from, to }) => to === undefined || from !== undefined, {
    path: ['from'],
    error: 'is needed beside to',
  });
type StatsQuery = z.infer<typeof StatsQuery>;

const TimeseriesQuery = StatsQuery.safeExtend({ granularity: z.enum(keysOf(GRANULARITIES)).default('1h') });
type TimeseriesQuery = z.infer<typeof TimeseriesQuery>;

/** An answer with the window it is about. */
interface WindowedRows<Row> {
  readonly success: true;
  readonly data: readonly Row[];
  readonly meta: { readonly from: Date; readonly to: Date; readonly granularity?: Granularity };
}

/** Answers about windows that move with the time are shown this long. */
const ROLLING_TTL_MS = 30_000;
/** Answers about the past: they change with events alone, and those invalidate them. */
const FIXED_TTL_MS = 300_000;

const CACHED = {
  scope: (request: Request) => callerOf(request)?.tenantId,
  ttlMs: ({ from, to }: StatsQuery, now: Date) =>
    from !== undefined && to !== undefined && to <= now ? FIXED_TTL_MS : ROLLING_TTL_MS,
  tags: ({ scraper, type }: StatsQuery, tenantId: string) => [
    metricsTag(tenantId),
    selectionTag(tenantId, { scraperSource: scraper, metricType: type }),
  ],
  normalise: (query: StatsQuery) => ({
    ...query,
    timeWindow: query.from === undefined ? (query.timeWindow ?? DEFAULT_WINDOW) : undefined,
  }),
};

/** Answers what collectors measured. */
@Controller('api/metrics')
@Access('viewer')
export class StatisticsController {
  constructor(private readonly statistics: Statistics) {}

  /** A row per source and type; the window is the last day unless asked otherwise. */
  @Get('stats')
  @CachedResponse({ ...CACHED, entity: METRICS_ENTITIES.stats, query: StatsQuery })
  async stats(
    @Query({ schema: StatsQuery }) query: StatsQuery,
    @Caller() { tenantId }: CallerIdentity,
  ): Promise<WindowedRows<SeriesStatistics>> {
    const { rows, window } = await this.statistics.stats(toRequest(query, tenantId));
    return { success: true, data: rows, meta: window };
  }

  /** A point per step of `granularity`, all matching series together. */
  @Get('timeseries')
  @CachedResponse({ ...CACHED, entity: METRICS_ENTITIES.timeseries, query: TimeseriesQuery })
  async timeseries(
    @Query({ schema: TimeseriesQuery }) { granularity, ...query }: TimeseriesQuery,
    @Caller() { tenantId }: CallerIdentity,
  ): Promise<WindowedRows<TimeseriesPoint>> {
    const { rows, window } = await this.statistics.timeseries(toRequest(query, tenantId), granularity);
    return { success: true, data: rows, meta: { ...window, granularity } };
  }
}

function toRequest({ scraper, type, timeWindow, from, to }: StatsQuery, tenantId: string): StatisticsRequest {
  const window =
    from === undefined ? { timeWindow: timeWindow ?? DEFAULT_WINDOW } : { from, ...(to && { to }) };
  return {
    tenantId,
    ...(scraper !== undefined && { scraperSource: scraper }),
    ...(type !== undefined && { metricType: type }),
    window,
  };
}
