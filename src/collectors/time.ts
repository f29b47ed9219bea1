/** Lengths of the UTC steps that rollups and charts use. */
export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/** The start of the step of `stepMs` (since the epoch, UTC) that holds `instant`. */
export function floorTo(instant: Date, stepMs: number): Date {
  return new Date(Math.floor(instant.getTime() / stepMs) * stepMs);
}

/** The first start of a step at or after `instant`. */
export function ceilTo(instant: Date, stepMs: number): Date {
  return new Date(Math.ceil(instant.getTime() / stepMs) * stepMs);
}

/** The start of the UTC day that holds `instant`. */
export function floorDay(instant: Date): Date {
  return floorTo(instant, DAY_MS);
}
