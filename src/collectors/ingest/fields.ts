import { z } from 'zod';

const NAME_MAX_LENGTH = 200;

/** A femtosecond: below it a duration is noise of somebody's arithmetic, and its square is no number any more. */
const DURATION_MIN_MS = 1e-9;

/** About 31 years; beyond any real duration, and far from where squares lose their meaning. */
const DURATION_MAX_MS = 1e12;
const COUNT_MAX = 2_147_483_647;

/** Names become labels, file names and CSV cells: no quotes, backslashes, control characters or lone surrogates. */
export const SeriesName = z
  .string()
  .min(1)
  .max(NAME_MAX_LENGTH)
  .regex(/^[^\p{Cc}\p{Cs}\p{Zl}\p{Zp}"'`\\]+$/u, 'must not contain quotes, backslashes or control characters')
  .regex(/^\S(.*\S)?$/u, 'must not begin or end with a blank');

/** A duration in ms; fractions are kept. */
export const DurationMs = z
  .number()
  .min(0)
  .max(DURATION_MAX_MS)
  .refine((ms) => ms === 0 || ms >= DURATION_MIN_MS, `must be 0 or at least ${DURATION_MIN_MS}`);

/** A number of things. */
export const Count = z.number().int().min(0).max(COUNT_MAX);

/** An instant as text, with its zone. */
export const Instant = z.iso.datetime({
  offset: true,
  error: 'must be an ISO 8601 instant with a zone, such as 2026-01-31T10:00:00Z',
});
