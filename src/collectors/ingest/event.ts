import { z } from 'zod';
import { Count, DurationMs, Instant, SeriesName } from './fields.js';

/** One measurement of a collector, as it arrives. Durations in ms; `createdAt` defaults to the time of arrival. */
export const CollectorEvent = z.strictObject({
  scraperSource: SeriesName,
  metricType: SeriesName,
  navigationDurationMs: DurationMs.nullish(),
  scrapeDurationMs: DurationMs.nullish(),
  itemsExtracted: Count.nullish(),
  success: z.boolean(),
  createdAt: Instant.nullish(),
});
export type CollectorEvent = z.infer<typeof CollectorEvent>;
