const DAY_MINUTES = 1_440;

/** How finely the past is kept, and for how long. */
export interface Resolution {
  readonly minutes: 1 | 5 | 60;
  readonly keptDays: number;
}

/** Minutes are kept for a day and what is asked at its end; hours for a quarter of a year and some more. */
export const RESOLUTIONS: readonly Resolution[] = [
  { minutes: 1, keptDays: 2 },
  { minutes: 5, keptDays: 15 },
  { minutes: 60, keptDays: 100 },
];

/** The longest history that can be asked for. */
export const LONGEST_MINUTES = 90 * DAY_MINUTES;

/** Points of a series that one answer has at most, unless a coarser step is asked for. */
const MOST_POINTS = 1_500;

/** The finest resolution that still has all of it, in steps that the answer can hold. */
export function resolutionFor(durationMinutes: number, stepMinutes: number | undefined): Resolution {
  const last = RESOLUTIONS.at(-1) ?? { minutes: 60, keptDays: 100 };
  const fits = ({ minutes, keptDays }: Resolution): boolean =>
    durationMinutes < keptDays * DAY_MINUTES &&
    (stepMinutes === undefined ? durationMinutes / minutes <= MOST_POINTS : minutes <= stepMinutes);
  const fitting = RESOLUTIONS.filter(fits);
  return (stepMinutes === undefined ? fitting[0] : fitting.at(-1)) ?? last;
}

/** The step of an answer: a multiple of the resolution, few enough of them. */
export function stepFor(
  durationMinutes: number,
  stepMinutes: number | undefined,
  { minutes }: Resolution,
): number {
  const least = Math.max(stepMinutes ?? minutes, durationMinutes / MOST_POINTS);
  return Math.ceil(least / minutes) * minutes;
}
