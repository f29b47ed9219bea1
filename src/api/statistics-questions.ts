import type { Request } from 'express';
import { z } from 'zod';
import { type CachedResponseOptions, METRICS_ENTITIES, metricsTag, selectionTag } from '../cache/index.js';
import { GRANULARITIES, Instant, MEASURES, ROLLING_WINDOWS, SeriesName } from '../collectors/index.js';
import { callerOf } from '../tenancy/index.js';

/** The window of a question that names none. */
export const DEFAULT_WINDOW = '1d';

const InstantDate = Instant.transform((text) => new Date(text));

const keysOf = <Key extends string>(record: Record<Key, unknown>): Key[] => Object.keys(record) as Key[];

export const StatsQuery = z
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
export type StatsQuery = z.infer<typeof StatsQuery>;

const Flag = z.enum(['true', 'false']).default('false');

export const TimeseriesQuery = StatsQuery.safeExtend({
  granularity: z.enum(keysOf(GRANULARITIES)).default('1h'),
  band: Flag,
  anomalies: Flag,
  measure: z.enum(MEASURES).default('avgDurationMs'),
});
export type TimeseriesQuery = z.infer<typeof TimeseriesQuery>;

/** Answers about windows that move with the time are shown this long. */
const ROLLING_TTL_MS = 30_000;
/** Answers about the past: they change with events alone, and those invalidate them. */
const FIXED_TTL_MS = 300_000;

const CACHING = {
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

/** How answers of GET /api/metrics/stats are kept. */
export const STATS_CACHING: CachedResponseOptions<StatsQuery> = {
  ...CACHING,
  entity: METRICS_ENTITIES.stats,
  query: StatsQuery,
};

/** How answers of GET /api/metrics/timeseries are kept. */
export const TIMESERIES_CACHING: CachedResponseOptions<TimeseriesQuery> = {
  ...CACHING,
  entity: METRICS_ENTITIES.timeseries,
  query: TimeseriesQuery,
};
