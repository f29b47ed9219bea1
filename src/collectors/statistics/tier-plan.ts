import { ceilTo, DAY_MS, floorTo, HOUR_MS } from '../time.js';

/** Half-open span of time: [from, to). */
export interface Span {
  readonly from: Date;
  readonly to: Date;
}

/** Which part of a window each tier answers; the spans are disjoint and cover the window. */
export interface TierPlan {
  readonly daily: readonly Span[];
  readonly hourly: readonly Span[];
  readonly raw: readonly Span[];
}

/** The coarsest tier a question may use: a chart in hours cannot be read from days. */
export type Coarsest = 'raw' | 'hourly' | 'daily';

/**
 * Splits a window over the tiers: whole days from the daily tier, whole hours at its edges from the hourly
 * tier, what is left from raw rows.
 */
export function planTiers(window: Span, coarsest: Coarsest): TierPlan {
  if (coarsest === 'raw') return { daily: [], hourly: [], raw: [window] };
  const [hours, raw] = carve([window], HOUR_MS);
  if (coarsest === 'hourly') return { daily: [], hourly: hours, raw };
  const [daily, hourly] = carve(hours, DAY_MS);
  return { daily, hourly, raw };
}

/** The whole steps inside each span, and what remains at their edges. */
function carve(spans: readonly Span[], stepMs: number): [whole: Span[], edges: Span[]] {
  const whole: Span[] = [];
  const edges: Span[] = [];
  for (const span of spans) {
    const middle = { from: ceilTo(span.from, stepMs), to: floorTo(span.to, stepMs) };
    if (middle.from >= middle.to) {
      edges.push(span);
      continue;
    }
    whole.push(middle);
    edges.push(
      ...[
        { from: span.from, to: middle.from },
        { from: middle.to, to: span.to },
      ].filter(isNotEmpty),
    );
  }
  return [whole, edges];
}

function isNotEmpty({ from, to }: Span): boolean {
  return from < to;
}
