import type { ProfiledStatement } from '../profile/fingerprint-table.js';
import { shownText } from '../profile/statement-view.js';
import type { BaselineHour } from './baseline.repository.js';
import { causesOf, type RegressionCause, type Surroundings } from './causes.js';
import { Distribution } from './distribution.js';
import type { PlanShape } from './plan-shape.js';
import { LEAST_CALLS, type Slowdown, slowdownOf } from './slowdown.js';
import type { Stretch } from './window-history.js';

const DAY_MS = 86_400_000;
const MINUTES_PER_HOUR = 60;
/** With fewer days the same hour of other days tells less than the last day. */
const LEAST_DAYS = 3;

/** A statement now, and all it can be compared with. */
export interface Comparison {
  readonly statement: ProfiledStatement;
  readonly present: Stretch;
  /** Windows of the present hour before it, in memory. */
  readonly recent: Stretch | undefined;
  /** Of the database, all before `hour`. */
  readonly hours: readonly BaselineHour[];
  /** The hour of the present, UTC. */
  readonly hour: Date;
  readonly plan: PlanShape | undefined;
  readonly planBefore: PlanShape | undefined;
}

/** What a stretch of time cost; times in ms. */
interface CostView {
  readonly calls: number;
  readonly meanMs: number;
  readonly p95Ms: number;
  readonly rowsPerCall: number;
}

/** A statement that has become slower than it used to be. */
export interface Regression {
  readonly fingerprint: string;
  readonly kind: string;
  /** Without literals. */
  readonly text: string;
  readonly slowdown: Slowdown;
  readonly before: CostView & {
    /** hour-of-day: this hour of other days. last-day: the 24 hours before, and this hour so far. */
    readonly baseline: 'hour-of-day' | 'last-day';
    readonly hours: number;
  };
  readonly now: CostView & { readonly from: Date; readonly to: Date };
  /** Ms a minute that it costs more than it did. */
  readonly lostMsPerMinute: number;
  readonly causes: readonly RegressionCause[];
}

interface Baseline {
  readonly kind: 'hour-of-day' | 'last-day';
  readonly distribution: Distribution;
  readonly hours: readonly Distribution[];
  readonly minutes: number;
}

/** Statements that are slower than their baseline, the one that costs most more first. */
export function judge(comparisons: readonly Comparison[]): Regression[] {
  const judged = comparisons.flatMap((comparison) => {
    const baseline = baselineOf(comparison);
    if (baseline === undefined || comparison.present.distribution.calls < LEAST_CALLS) return [];
    const { distribution, hours } = baseline;
    return [
      { comparison, baseline, slowdown: slowdownOf(comparison.present.distribution, distribution, hours) },
    ];
  });
  const slower = judged.filter(({ slowdown }) => slowdown !== undefined).length;
  const around = { slower, compared: judged.length };
  return judged
    .flatMap(({ comparison, baseline, slowdown }) =>
      slowdown === undefined ? [] : [describe(comparison, baseline, { slowdown, around })],
    )
    .sort((a, b) => b.lostMsPerMinute - a.lostMsPerMinute);
}

/** The same hour of three days or more; else the last day and the hour so far; undefined without either. */
function baselineOf({ hours, hour, recent }: Comparison): Baseline | undefined {
  const sameHour = hours.filter(({ hour: then }) => (hour.getTime() - then.getTime()) % DAY_MS === 0);
  if (sameHour.length >= LEAST_DAYS) return combined('hour-of-day', sameHour, undefined);
  const lastDay = hours.filter(({ hour: then }) => hour.getTime() - then.getTime() <= DAY_MS);
  if (lastDay.length === 0 && recent === undefined) return undefined;
  return combined('last-day', lastDay, recent);
}

function combined(
  kind: Baseline['kind'],
  hours: readonly BaselineHour[],
  recent: Stretch | undefined,
): Baseline {
  const distribution = new Distribution();
  const single = hours.map((hour) => {
    distribution.addEncoded(hour, hour.durations);
    return new Distribution().addEncoded(hour, hour.durations);
  });
  for (const { figures } of recent?.windows ?? []) distribution.add(figures);
  const minutes = hours.length * MINUTES_PER_HOUR + (recent?.minutes ?? 0);
  return { kind, distribution, hours: single, minutes };
}

function describe(
  { statement, present, plan, planBefore }: Comparison,
  baseline: Baseline,
  { slowdown, around }: { readonly slowdown: Slowdown; readonly around: Surroundings },
): Regression {
  const { distribution: now, from, to, minutes } = present;
  const { distribution: before } = baseline;
  const waits = mergedWaits(present);
  return {
    fingerprint: statement.id,
    kind: statement.kind,
    text: shownText(statement.text),
    slowdown,
    before: { baseline: baseline.kind, hours: baseline.hours.length, ...viewCost(before) },
    now: { from, to, ...viewCost(now) },
    lostMsPerMinute: (now.calls / minutes) * Math.max(0, now.meanMs - before.meanMs),
    causes: causesOf(
      { distribution: before, minutes: baseline.minutes, plan: planBefore },
      { distribution: now, minutes, plan, waits },
      around,
    ),
  };
}

function viewCost(distribution: Distribution): CostView {
  const { calls, meanMs, rowsPerCall } = distribution;
  return { calls, meanMs, p95Ms: distribution.quantile(0.95), rowsPerCall };
}

function mergedWaits({ windows }: Stretch): ReadonlyMap<string, number> | undefined {
  const merged = new Map<string, number>();
  for (const { figures } of windows) {
    for (const [event, count] of figures.waits ?? []) merged.set(event, (merged.get(event) ?? 0) + count);
  }
  return merged.size === 0 ? undefined : merged;
}
