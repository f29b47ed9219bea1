import type { EventShare } from '../../collectors/index.js';
import type { Severity } from '../model/rule.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const REFERENCE_WINDOW_MS = 30 * DAY_MS;

/** An alert of an SLO: the budget burns faster than `factor`, over the long window and still over the short one. */
export interface BurnAlert {
  readonly longWindowMs: number;
  readonly shortWindowMs: number;
  readonly factor: number;
  readonly severity: Severity;
}

/**
 * The multiwindow, multi-burn-rate alerts of the Google SRE workbook ("Alerting on SLOs", table 5-8, and the fourth
 * one of its text): of the budget of 30 days, 2 % in an hour, 5 % in 6 hours, and 10 % in a day and in three.
 */
const STANDARD: readonly BurnAlert[] = [
  { longWindowMs: HOUR_MS, shortWindowMs: 5 * MINUTE_MS, factor: 14.4, severity: 'critical' },
  { longWindowMs: 6 * HOUR_MS, shortWindowMs: 30 * MINUTE_MS, factor: 6, severity: 'critical' },
  { longWindowMs: 24 * HOUR_MS, shortWindowMs: 2 * HOUR_MS, factor: 3, severity: 'warning' },
  { longWindowMs: 72 * HOUR_MS, shortWindowMs: 6 * HOUR_MS, factor: 1, severity: 'warning' },
];

/** Fewer events in the long window say too little to alert on, */
export const LEAST_EVENTS = 10;
/** and so do fewer bad ones. */
export const LEAST_BAD = 3;

/** Every window that burn rates are looked at over, shortest first. */
export const BURN_WINDOWS_MS: readonly number[] = STANDARD.flatMap(({ longWindowMs, shortWindowMs }) => [
  shortWindowMs,
  longWindowMs,
])
  .filter((ms, index, all) => all.indexOf(ms) === index)
  .sort((a, b) => a - b);

/**
 * The alerts of an SLO. Factors are scaled so that each means the same share of the budget whatever the window, but
 * never below 1, at which the budget lasts exactly; windows longer than the SLO's own have no alert.
 */
export function burnAlerts(windowMs: number): BurnAlert[] {
  return STANDARD.filter(({ longWindowMs }) => longWindowMs <= windowMs).map((alert) => ({
    ...alert,
    factor: Math.max(1, alert.factor * (windowMs / REFERENCE_WINDOW_MS)),
  }));
}

/** How many times too fast the budget burns; 1: it lasts exactly as long as the window. Null without events. */
export function burnRate({ events, good }: EventShare, objective: number): number | null {
  return events === 0 ? null : (events - good) / events / (1 - objective);
}

/** Whether the budget burns faster than `factor`; not for what rounding makes of being equal. */
export function burnsFaster(share: EventShare, objective: number, factor: number): boolean {
  const rate = burnRate(share, objective);
  return rate !== null && rate > factor * (1 + 1e-9);
}

/** Whether there is enough in the long window to alert on. */
export function isTelling({ events, good }: EventShare): boolean {
  return events >= LEAST_EVENTS && events - good >= LEAST_BAD;
}

/** What is left of the budget of a window. */
export interface Budget {
  /** Bad events that the objective allows of those there were. */
  readonly allowedEvents: number;
  readonly badEvents: number;
  /** 1: untouched, 0: used up, below: overdrawn. Null without events. */
  readonly leftRatio: number | null;
}

export function budgetOf({ events, good }: EventShare, objective: number): Budget {
  const allowedEvents = events * (1 - objective);
  const badEvents = events - good;
  return { allowedEvents, badEvents, leftRatio: events === 0 ? null : 1 - badEvents / allowedEvents };
}

/**
 * When the budget is used up if it goes on burning at `rate`; null when it is already, or never will be: at a rate of
 * 1 or less, as much falls out of the window as is added.
 */
export function usedUpAt(
  { leftRatio }: Budget,
  rate: number | null,
  { at, windowMs }: { readonly at: Date; readonly windowMs: number },
): Date | null {
  if (rate === null || rate <= 1 || leftRatio === null || leftRatio <= 0) return null;
  return new Date(at.getTime() + Math.round((leftRatio * windowMs) / rate));
}

/** Where the window of an SLO begins that ends at `at`: at a whole hour, so that rollups have all of it. */
export function budgetSince(windowMs: number, at: Date): Date {
  return new Date(Math.floor((at.getTime() - windowMs) / HOUR_MS) * HOUR_MS);
}
