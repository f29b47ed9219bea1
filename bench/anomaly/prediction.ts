import { predictCrossing } from '../../src/alerting/anomaly/crossing.js';
import { Random } from '../../test/support/random.js';
import type { BenchRow } from '../support/report.js';
import { heavyTailed, normal } from './draws.js';
import type { LabelledSeries } from './series.js';

const START = Date.UTC(2026, 0, 5);
const STEP_MS = 300_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
const RECENT = 72;
const ASKED_EVERY = 6;
/** Steps in a row beyond the level that count as crossing it: a rule's window is longer than one odd step. */
const STAYS = 3;

/** Regular steps with a level. */
interface Course {
  readonly name: string;
  readonly stepMs: number;
  readonly values: readonly number[];
  readonly threshold: number;
}

/** Tells when a level is crossed, or undefined, from the steps before `index`. */
type Foreseer = (course: Course, index: number) => number | undefined;

/** What came of asking again and again. */
interface Outcome {
  crossings: number;
  foreseen: number;
  rightCalls: number;
  falseCalls: number;
  quietAsked: number;
  leads: number[];
}

const ours: Foreseer = ({ stepMs, values, threshold }, index) => {
  const now = START + index * stepMs;
  const recent = values.slice(Math.max(0, index - RECENT), index);
  const at = (offset: number): number => now - (recent.length - offset) * stepMs;
  return predictCrossing({
    now,
    stepMs,
    recent: recent.map((value, offset) => ({ at: at(offset), value })),
    hours: hoursOf(values, index, stepMs),
    operator: '>',
    threshold,
  });
};

/** Reference: least squares through the last hour, as far as it goes within the same horizon. */
const straightLine: Foreseer = ({ stepMs, values, threshold }, index) => {
  const count = Math.max(3, Math.round(HOUR_MS / stepMs));
  const last = values.slice(Math.max(0, index - count), index);
  if (last.length < 3) return undefined;
  const middle = (last.length - 1) / 2;
  const mean = last.reduce((sum, value) => sum + value, 0) / last.length;
  const [up, across] = last.reduce(
    ([xy, xx], value, x) => [xy + (x - middle) * (value - mean), xx + (x - middle) ** 2],
    [0, 0],
  );
  const slope = up / across;
  const steps = (threshold - (mean + slope * (last.length - middle))) / slope;
  return slope > 0 && steps > 0 && steps <= RECENT ? START + (index + steps) * stepMs : undefined;
};

function hoursOf(values: readonly number[], index: number, stepMs: number): { at: number; value: number }[] {
  const perHour = Math.max(1, Math.round(HOUR_MS / stepMs));
  const hours: { at: number; value: number }[] = [];
  for (
    let end = Math.floor(index / perHour) * perHour;
    end >= perHour && hours.length < 336;
    end -= perHour
  ) {
    const part = values.slice(end - perHour, end);
    hours.unshift({
      at: START + (end - perHour) * stepMs,
      value: part.reduce((sum, value) => sum + value, 0) / part.length,
    });
  }
  return hours;
}

/** Begin of the next stay beyond the level at or after `index`. */
function nextCrossing(values: readonly number[], threshold: number, index: number): number | undefined {
  for (let at = index; at + STAYS <= values.length; at += 1) {
    if (values.slice(at, at + STAYS).every((value) => value > threshold)) return at;
  }
  return undefined;
}

/** A call is right when the level is crossed between now and twice as far off as was said, or an hour after that. */
function judge(course: Course, foresee: Foreseer, outcome: Outcome): void {
  const { values, threshold, stepMs } = course;
  const firstCall = new Map<number, number>();
  const crossings = new Set<number>();
  for (let index = RECENT; index < values.length - RECENT; index += ASKED_EVERY) {
    const isBeyond = values.slice(index - STAYS, index).some((value) => value > threshold);
    const next = nextCrossing(values, threshold, index);
    if (isBeyond) continue;
    const isNear = next !== undefined && next - index <= RECENT;
    if (isNear) crossings.add(next);
    else outcome.quietAsked += 1;
    const said = foresee(course, index);
    if (said === undefined) continue;
    const ahead = (said - START) / stepMs - index;
    const slack = Math.max(2 * ahead, ahead + HOUR_MS / stepMs);
    if (next === undefined || next - index > slack) outcome.falseCalls += 1;
    else {
      outcome.rightCalls += 1;
      if (!firstCall.has(next)) firstCall.set(next, index);
    }
  }
  count(outcome, stepMs, crossings, firstCall);
}

function count(
  outcome: Outcome,
  stepMs: number,
  crossings: ReadonlySet<number>,
  firstCall: ReadonlyMap<number, number>,
): void {
  outcome.crossings += crossings.size;
  for (const next of crossings) {
    const called = firstCall.get(next);
    if (called === undefined) continue;
    outcome.foreseen += 1;
    outcome.leads.push(((next - called) * stepMs) / 60_000);
  }
}

/** Levels that are approached in some way, or not at all. */
const MADE: Readonly<Record<string, (random: Random) => (index: number) => number>> = {
  ramp: (random) => {
    const begin = 400 + random.below(200);
    const pace = 0.1 + 0.2 * random.fraction();
    return (index) => 50 + pace * Math.max(0, index - begin) + 2 * normal(random);
  },
  'ramp with outliers': (random) => {
    const begin = 400 + random.below(200);
    return (index) => 50 + 0.2 * Math.max(0, index - begin) + 2 * heavyTailed(random);
  },
  'ramp in a daily rhythm': (random) => {
    const begin = 1_500 + random.below(200);
    return (index) => 40 + 0.12 * Math.max(0, index - begin) + 12 * wave(index) + 1.5 * normal(random);
  },
  'daily peak': (random) => (index) => 82 + 25 * wave(index) + 2 * normal(random),
  'quiet: noise': (random) => () => 80 + 5 * normal(random),
  'quiet: daily rhythm below it': (random) => (index) => 70 + 20 * wave(index) + 2 * normal(random),
  'quiet: levels off below it': (random) => (index) =>
    50 + 42 * (1 - Math.exp(-Math.max(0, index - 400) / 120)) + 1.5 * normal(random),
  'quiet: slow wandering': (random) => {
    let value = 0;
    return () => 70 + (value = 0.97 * value + 1.2 * normal(random)) + normal(random);
  },
  'quiet: sawtooth below it': (random) => (index) => 50 + ((index % 150) / 150) * 38 + normal(random),
};

function wave(index: number): number {
  return Math.sin((2 * Math.PI * index * STEP_MS) / DAY_MS);
}

/** How well crossings of a level are foreseen, against a straight line through the last hour. */
export function benchPrediction(series: readonly LabelledSeries[], seeds: number): BenchRow[] {
  const made = Object.entries(MADE).flatMap(([name, make]) =>
    Array.from({ length: seeds }, (_, seed): Course => {
      const random = new Random(seed * 7_919 + name.length);
      const next = make(random);
      return {
        name,
        stepMs: STEP_MS,
        threshold: 100,
        values: Array.from({ length: 2_400 }, (_each, index) => next(index)),
      };
    }),
  );
  const real = series.map(({ name, at, values }): Course => {
    const stepMs = ((at.at(-1) ?? 0) - (at[0] ?? 0)) / (at.length - 1);
    const sorted = [...values].sort((left, right) => left - right);
    const threshold = sorted[Math.floor(0.97 * sorted.length)] ?? 0;
    return { name, stepMs: Math.round(stepMs / 60_000) * 60_000, threshold, values };
  });
  return [rightRow(made), falseRow(real)];
}

function rightRow(courses: readonly Course[]): BenchRow {
  const [own, line] = [outcomeOf(courses, ours), outcomeOf(courses, straightLine)];
  return {
    id: 'prediction-right',
    ratio: precisionOf(own) / Math.max(1e-9, precisionOf(line)),
    against: 'share of right predictions of a straight line through the last hour, on generated series',
    goal: 2,
    want: 'at least',
    figures: { own: toldOf(own), straightLine: toldOf(line), ...perName(courses) },
  };
}

function falseRow(courses: readonly Course[]): BenchRow {
  const [own, line] = [outcomeOf(courses, ours), outcomeOf(courses, straightLine)];
  return {
    id: 'prediction-false',
    ratio: own.falseCalls / Math.max(1, line.falseCalls),
    against: 'false predictions of a straight line through the last hour, on real series',
    goal: 0.05,
    want: 'at most',
    figures: { own: toldOf(own), straightLine: toldOf(line), ...perName(courses) },
  };
}

function perName(courses: readonly Course[]): Record<string, string> {
  const names = [...new Set(courses.map(({ name }) => name))];
  return Object.fromEntries(
    names.map((name) => [
      name,
      toldOf(
        outcomeOf(
          courses.filter((course) => course.name === name),
          ours,
        ),
      ),
    ]),
  );
}

function outcomeOf(courses: readonly Course[], foresee: Foreseer): Outcome {
  const outcome: Outcome = {
    crossings: 0,
    foreseen: 0,
    rightCalls: 0,
    falseCalls: 0,
    quietAsked: 0,
    leads: [],
  };
  for (const course of courses) judge(course, foresee, outcome);
  return outcome;
}

function precisionOf({ rightCalls, falseCalls }: Outcome): number {
  return rightCalls / Math.max(1, rightCalls + falseCalls);
}

function toldOf(outcome: Outcome): string {
  const { crossings, foreseen, falseCalls, rightCalls, quietAsked, leads } = outcome;
  const lead = [...leads].sort((left, right) => left - right)[leads.length >> 1] ?? 0;
  return (
    `${foreseen} of ${crossings} crossings foreseen, half of them ${Math.round(lead)} min ahead; ` +
    `${falseCalls} of ${rightCalls + falseCalls} predictions false, asked ${quietAsked} times when quiet`
  );
}
