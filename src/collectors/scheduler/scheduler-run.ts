import { z } from 'zod';
import { Count, DurationMs, Instant, SeriesName } from '../ingest/fields.js';

/** One run of a collector's scheduled job, as it arrives. `startedAt` defaults to arrival minus the duration. */
export const SchedulerRun = z.strictObject({
  jobName: SeriesName,
  startedAt: Instant.nullish(),
  durationMs: DurationMs,
  success: z.boolean(),
  itemsProcessed: Count.nullish(),
  errorMessage: z
    .string()
    .max(2_000)
    // PostgreSQL cannot store NUL, and a lone surrogate is no character.
    .regex(/^[^\0\p{Cs}]*$/u, 'must not contain NUL or lone surrogates')
    .nullish(),
});
export type SchedulerRun = z.infer<typeof SchedulerRun>;
