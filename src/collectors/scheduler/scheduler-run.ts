import { z } from 'zod';
import { SeriesName } from '../ingest/event.js';

const DURATION_MAX_MS = 1e12;
const ITEMS_MAX = 2_147_483_647;

/** One run of a collector's scheduled job, as it arrives. `startedAt` defaults to arrival minus the duration. */
export const SchedulerRun = z.strictObject({
  jobName: SeriesName,
  startedAt: z.iso
    .datetime({
      offset: true,
      error: 'must be an ISO 8601 instant with a zone, such as 2026-01-31T10:00:00Z',
    })
    .nullish(),
  durationMs: z.number().min(0).max(DURATION_MAX_MS),
  success: z.boolean(),
  itemsProcessed: z.number().int().min(0).max(ITEMS_MAX).nullish(),
  errorMessage: z
    .string()
    .max(2_000)
    // PostgreSQL cannot store NUL, and a lone surrogate is no character.
    .regex(/^[^\0\p{Cs}]*$/u, 'must not contain NUL or lone surrogates')
    .nullish(),
});
export type SchedulerRun = z.infer<typeof SchedulerRun>;
