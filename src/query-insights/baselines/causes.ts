import type { Distribution } from './distribution.js';
import type { PlanShape } from './plan-shape.js';

const LEAST_ROWS_RATIO = 1.5;
const LEAST_CALLS_RATIO = 2;
/** Of the time of a statement, the part in which the server was seen waiting for it. */
const LEAST_WAIT_SHARE = 0.25;
const SAMPLE_MS = 1_000;
/** Of the statements compared, so many slower ones are no fault of a single one. */
const LEAST_OVERALL_SHARE = 0.5;
const LEAST_OVERALL_STATEMENTS = 3;

/** What changed together with the duration. */
export type RegressionCause =
  | { readonly kind: 'plan-changed'; readonly before: string; readonly now: string }
  | { readonly kind: 'rows-grew'; readonly beforePerCall: number; readonly nowPerCall: number }
  | { readonly kind: 'data-grew'; readonly plannedRowsBefore: number; readonly plannedRowsNow: number }
  | { readonly kind: 'waits'; readonly share: number; readonly events: Readonly<Record<string, number>> }
  | { readonly kind: 'calls-grew'; readonly beforePerMinute: number; readonly nowPerMinute: number }
  | { readonly kind: 'everything-slower'; readonly slower: number; readonly compared: number }
  | { readonly kind: 'unknown' };

/** What is known of a statement before, or now. */
export interface Facts {
  readonly distribution: Distribution;
  readonly minutes: number;
  readonly plan: PlanShape | undefined;
}

/** What is known of its present alone. */
export interface PresentFacts extends Facts {
  readonly waits: ReadonlyMap<string, number> | undefined;
}

/** How statements fare at once. */
export interface Surroundings {
  readonly slower: number;
  readonly compared: number;
}

/** What may have made a statement slower, the most telling first; `unknown` alone when nothing else changed. */
export function causesOf(before: Facts, now: PresentFacts, around: Surroundings): RegressionCause[] {
  const causes = [
    planChange(before, now),
    waitsOf(now),
    rowGrowth(before, now),
    dataGrowth(before, now),
    callGrowth(before, now),
    overallChange(around),
  ].filter((cause) => cause !== undefined);
  return causes.length > 0 ? causes : [{ kind: 'unknown' }];
}

function planChange({ plan: before }: Facts, { plan: now }: Facts): RegressionCause | undefined {
  if (before === undefined || now === undefined || before.shape === now.shape) return undefined;
  return { kind: 'plan-changed', before: before.shape, now: now.shape };
}

function waitsOf({ waits, distribution: { totalMs } }: PresentFacts): RegressionCause | undefined {
  if (waits === undefined || totalMs === 0) return undefined;
  const samples = [...waits.values()].reduce((sum, count) => sum + count, 0);
  const share = Math.min(1, (samples * SAMPLE_MS) / totalMs);
  return share < LEAST_WAIT_SHARE ? undefined : { kind: 'waits', share, events: Object.fromEntries(waits) };
}

function rowGrowth(before: Facts, now: Facts): RegressionCause | undefined {
  const [beforePerCall, nowPerCall] = [before.distribution.rowsPerCall, now.distribution.rowsPerCall];
  const hasGrown = nowPerCall >= 1 && nowPerCall >= beforePerCall * LEAST_ROWS_RATIO;
  return hasGrown ? { kind: 'rows-grew', beforePerCall, nowPerCall } : undefined;
}

function dataGrowth({ plan: before }: Facts, { plan: now }: Facts): RegressionCause | undefined {
  if (before === undefined || now === undefined || before.shape !== now.shape) return undefined;
  const hasGrown = now.rows >= Math.max(1, before.rows) * LEAST_ROWS_RATIO;
  return hasGrown
    ? { kind: 'data-grew', plannedRowsBefore: before.rows, plannedRowsNow: now.rows }
    : undefined;
}

function callGrowth(before: Facts, now: Facts): RegressionCause | undefined {
  const beforePerMinute = before.distribution.calls / before.minutes;
  const nowPerMinute = now.distribution.calls / now.minutes;
  return nowPerMinute >= beforePerMinute * LEAST_CALLS_RATIO
    ? { kind: 'calls-grew', beforePerMinute, nowPerMinute }
    : undefined;
}

function overallChange({ slower, compared }: Surroundings): RegressionCause | undefined {
  const isOverall = slower >= LEAST_OVERALL_STATEMENTS && slower / compared >= LEAST_OVERALL_SHARE;
  return isOverall ? { kind: 'everything-slower', slower, compared } : undefined;
}
