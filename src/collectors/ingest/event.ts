import { z } from 'zod';

const NAME_MAX_LENGTH = 200;

/** About 31 years; beyond any real duration, and far from where squares lose their meaning. */
const DURATION_MAX_MS = 1e12;
const ITEMS_MAX = 2_147_483_647;

/** Names become labels, file names and CSV cells: no quotes, backslashes, control characters or lone surrogates. */
export const SeriesName = z
  .string()
  .min(1)
  .max(NAME_MAX_LENGTH)
  .regex(/^[^\p{Cc}\p{Cs}\p{Zl}\p{Zp}"'`\\]+$/u, 'must not contain quotes, backslashes or control characters')
  .regex(/^\S(.*\S)?$/u, 'must not begin or end with a blank');

const DurationMs = z.number().min(0).max(DURATION_MAX_MS);

/** One measurement of a collector, as it arrives. Durations in ms; `createdAt` defaults to the time of arrival. */
export const CollectorEvent = z.strictObject({
  scraperSource: SeriesName,
  metricType: SeriesName,
  navigationDurationMs: DurationMs.nullish(),
  scrapeDurationMs: DurationMs.nullish(),
  itemsExtracted: z.number().int().min(0).max(ITEMS_MAX).nullish(),
  success: z.boolean(),
  createdAt: z.iso
    .datetime({
      offset: true,
      error: 'must be an ISO 8601 instant with a zone, such as 2026-01-31T10:00:00Z',
    })
    .nullish(),
});
export type CollectorEvent = z.infer<typeof CollectorEvent>;
