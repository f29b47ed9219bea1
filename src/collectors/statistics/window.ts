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

/** From when on each tier is complete. */
export interface KeptFrom {
  readonly raw: Date;
  readonly hourly: Date;
  readonly daily: Date;
}

/**
 * The window in instants. A rolling one has no upper bound but the most that a collector's clock may be
 * ahead. Where raw rows or hours are no longer kept, the bounds move out to whole hours or days.
 * @throws InvalidWindowError COLLECTORS_WINDOW_INVALID
 */
export function resolveWindow(
  request: WindowRequest,
  now: Date,
  kept: KeptFrom,
  granularity?: Granularity,
): Span {
  const asked = toSpan(request, now);
  if (asked.from >= asked.to) {
    throw new InvalidWindowError('from', `must be before to (${asked.to.toISOString()})`);
  }
  const longestMs = now.getTime() - kept.daily.getTime() + DAY_MS;
  if (asked.to.getTime() - asked.from.getTime() > longestMs) {
    const days = Math.round(longestMs / DAY_MS) - 1;
    throw new InvalidWindowError('from', `the window is longer than the ${days} days that are kept`);
  }
  if (granularity !== undefined) refuseGranularity(asked, kept, granularity);
  return {
    from: floorTo(asked.from, finestStepMs(asked.from, kept)),
    to: ceilTo(asked.to, finestStepMs(asked.to, kept)),
  };
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
function finestStepMs(instant: Date, kept: KeptFrom): number {
  if (instant < kept.hourly) return DAY_MS;
  return instant < kept.raw ? HOUR_MS : 1;
}

function refuseGranularity({ from, to }: Span, kept: KeptFrom, granularity: Granularity): void {
  const { stepMs, coarsest } = GRANULARITIES[granularity];
  const points = Math.ceil((to.getTime() - floorTo(from, stepMs).getTime()) / stepMs);
  if (points > MAX_POINTS) {
    throw new InvalidWindowError(
      'granularity',
      `gives ${points} points, more than ${MAX_POINTS}; take a coarser one`,
    );
  }
  if (coarsest !== 'daily' && from < kept[coarsest]) {
    const since = kept[coarsest].toISOString();
    throw new InvalidWindowError('from', `${granularity} is kept since ${since}; take a coarser granularity`);
  }
}
