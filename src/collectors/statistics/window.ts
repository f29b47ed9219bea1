import type { CollectorsConfig } from '../../config/index.js';
import { InvalidWindowError } from '../errors.js';
import { MAX_AHEAD_MS } from '../ingest/accepted-times.js';
import { ceilTo, DAY_MS, floorTo, HOUR_MS } from '../time.js';
import { GRANULARITIES, type Granularity } from './granularity.js';
import type { Span } from './tier-plan.js';

/** Rolling windows by name. */
export const ROLLING_WINDOWS = { '1d': DAY_MS, '7d': 7 * DAY_MS, '30d': 30 * DAY_MS } as const;

/** The window as it was asked for: a rolling one, or [from, to). */
export type WindowRequest =
  { readonly timeWindow: keyof typeof ROLLING_WINDOWS } | { readonly from: Date; readonly to?: Date };

/** Points a chart may have. */
const MAX_POINTS = 10_000;

/**
 * The window in instants. A rolling one has no upper bound but the most that a collector's clock may be
 * ahead. Where raw rows or hours are no longer kept, the bounds move out to whole hours
 * or days.
 * @throws InvalidWindowError COLLECTORS_WINDOW_INVALID
 */
export function resolveWindow(
  request: WindowRequest,
  now: Date,
  config: CollectorsConfig,
  granularity?: Granularity,
): Span {
  const asked = toSpan(request, now);
  if (asked.from >= asked.to)
    throw new InvalidWindowError('from', `must be before to (${asked.to.toISOString()})`);
  const oldest = daysBefore(now, config.dailyRetentionDays);
  if (asked.to.getTime() - asked.from.getTime() > now.getTime() - oldest.getTime() + DAY_MS) {
    throw new InvalidWindowError(
      'from',
      `the window is longer than the ${config.dailyRetentionDays} days that are kept`,
    );
  }
  const window = {
    from: floorTo(asked.from, finestStepMs(asked.from, now, config)),
    to: ceilTo(asked.to, finestStepMs(asked.to, now, config)),
  };
  if (granularity !== undefined) refuseGranularity(window, now, config, granularity);
  return window;
}

function toSpan(request: WindowRequest, now: Date): Span {
  // On the hour, so that the end of a rolling window needs no raw rows: nothing can be later anyway.
  const end = ceilTo(new Date(now.getTime() + MAX_AHEAD_MS), HOUR_MS);
  if ('timeWindow' in request) {
    return { from: new Date(now.getTime() - ROLLING_WINDOWS[request.timeWindow]), to: end };
  }
  return { from: request.from, to: request.to ?? end };
}

/** The step of the finest tier that still has `instant`. */
function finestStepMs(instant: Date, now: Date, config: CollectorsConfig): number {
  if (instant < daysBefore(now, config.hourlyRetentionDays)) return DAY_MS;
  if (instant < daysBefore(now, config.rawRetentionDays)) return HOUR_MS;
  return 1;
}

function refuseGranularity(
  { from, to }: Span,
  now: Date,
  config: CollectorsConfig,
  granularity: Granularity,
): void {
  const { stepMs, coarsest } = GRANULARITIES[granularity];
  const points = Math.ceil((to.getTime() - floorTo(from, stepMs).getTime()) / stepMs);
  if (points > MAX_POINTS) {
    throw new InvalidWindowError(
      'granularity',
      `gives ${points} points, more than ${MAX_POINTS}; take a coarser one`,
    );
  }
  const keptDays = {
    raw: config.rawRetentionDays,
    hourly: config.hourlyRetentionDays,
    daily: config.dailyRetentionDays,
  };
  if (from < daysBefore(now, keptDays[coarsest])) {
    throw new InvalidWindowError(
      'from',
      `${granularity} is kept for ${keptDays[coarsest]} days; take a coarser granularity`,
    );
  }
}

function daysBefore(now: Date, days: number): Date {
  return new Date(now.getTime() - days * DAY_MS);
}
