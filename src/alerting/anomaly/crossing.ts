import type { Operator } from '../model/condition.js';
import { areDaysKnown, dailyRhythmOf, type DailyRhythm, type HourValue } from './daily-rhythm.js';
import { median, type Trend, trendOf } from './trend.js';

/** Below this a trend may be chance: one series in some 15,000 looks like that where nothing goes on. */
const SIGNIFICANT = 4;
/** The newest third must go on at this share of the pace: what levels off does not arrive. */
const GOES_ON = 0.5;
/** A forecast must hold when the trend is weaker by so many of its standard errors. */
const DOUBT = 1.3;
/** A rhythm's peak must be beyond the level by so many typical distances of a day from it. */
const CLEAR = 2;
/** And as many of the days must have been beyond the level at that hour: weekends are days, too. */
const COMMON = 0.8;
/** A trend is believed for as long as it has been seen, and a rhythm for a day. */
const RHYTHM_MS = 86_400_000;
const HOUR_MS = 3_600_000;
/** Before days are known, what looks like a trend may be a morning. */
const BEFORE_DAYS_ARE_KNOWN = 1 / 3;
/** A height that was reached as often without going on to the level: it turns there, as a sawtooth does. */
const TURNED_BEFORE = 2;
const LEAST_STEPS = 12;

/** What is known of a series, as of now. */
export interface CrossingQuestion {
  readonly now: number;
  readonly stepMs: number;
  /** The last steps that have a value, oldest first; `at` is the begin of each. */
  readonly recent: readonly HourValue[];
  /** Whole hours of the last days; empty: no rhythm is looked for. */
  readonly hours: readonly HourValue[];
  readonly operator: Operator;
  readonly threshold: number;
}

/**
 * When a series will have crossed the threshold if things go on like this; undefined when nothing significant says so,
 * or when it has crossed it already. A robust trend of the last steps, beyond the rhythm of the day if there is one.
 */
export function predictCrossing(question: CrossingQuestion): number | undefined {
  const { operator, recent, hours, now, stepMs } = question;
  if (operator === '=' || operator === '!=' || recent.length < LEAST_STEPS) return undefined;
  const sign = operator.startsWith('>') ? 1 : -1;
  const rhythm = dailyRhythmOf(hours);
  const course: Course = { ...question, sign, rhythm, goal: sign * question.threshold };
  const plain = recent.map(({ at, value }) => ({
    step: (at - now) / stepMs,
    value: sign * (value - (rhythm?.at(at + stepMs / 2) ?? 0)),
  }));
  const trend = trendOf(plain);
  if (trend !== undefined && isGoingOn(trend, plain)) return byTrend(course, trend);
  return rhythm && byRhythm(course, rhythm, median(plain.map(({ value }) => value)));
}

/** Where it goes: upwards is always bad, values are turned over where it is not. */
interface Course extends CrossingQuestion {
  readonly sign: 1 | -1;
  readonly rhythm: DailyRhythm | undefined;
  readonly goal: number;
}

type Point = { readonly step: number; readonly value: number };

function isGoingOn(trend: Trend, points: readonly Point[]): boolean {
  if (trend.significance < SIGNIFICANT || trend.slope <= 0) return false;
  const newest = trendOf(points.slice(-Math.max(LEAST_STEPS, Math.ceil(points.length / 3))));
  return newest !== undefined && newest.slope >= GOES_ON * trend.slope;
}

/** Whether it has risen to this height before, more than once, and mostly did not go on to the goal. */
function hasTurnedBefore({ sign, rhythm, goal, hours, recent }: Course, height: number): boolean {
  const begin = recent[0]?.at ?? 0;
  const past = hours.filter(({ at }) => at < begin);
  const isHigh = past.map(({ at, value }) => sign * (value - (rhythm?.at(at + HOUR_MS / 2) ?? 0)) >= height);
  const rises = isHigh.flatMap((high, index) => (high && isHigh[index - 1] === false ? [index] : []));
  const arrivals = rises.filter((rise, number) =>
    past.slice(rise, rises[number + 1]).some(({ value }) => sign * value > goal),
  );
  return rises.length >= TURNED_BEFORE && arrivals.length < rises.length / 2;
}

/** First step at which the line, and the rhythm on it, is beyond the goal; with the weaker line it must come, too. */
function byTrend(course: Course, { level, slope, slopeError }: Trend): number | undefined {
  const { recent, hours, now, stepMs } = course;
  // The mean of an hour does not come up to where a steep rise turned within it.
  if (hasTurnedBefore(course, level - (slope * HOUR_MS) / stepMs)) return undefined;
  const span = (now - (recent[0]?.at ?? now)) / stepMs;
  const steps = Math.floor(span * (areDaysKnown(hours) ? 1 : BEFORE_DAYS_ARE_KNOWN));
  const arrival = arrivalOf(course, level, slope, steps);
  if (arrival === undefined) return undefined;
  const weaker = slope - DOUBT * slopeError;
  const latest = weaker > 0 ? arrivalOf(course, level, weaker, 2 * steps) : undefined;
  return latest === undefined ? undefined : arrival;
}

function arrivalOf(course: Course, level: number, slope: number, steps: number): number | undefined {
  const { sign, rhythm, goal, now, stepMs } = course;
  for (let step = 0; step <= steps; step += 1) {
    const at = now + step * stepMs;
    if (level + slope * step + sign * (rhythm?.at(at) ?? 0) > goal) return step === 0 ? undefined : at;
  }
  return undefined;
}

/** Without a trend: the next time of the day at which nearly all days, and days at this level, have been beyond it. */
function byRhythm(course: Course, rhythm: DailyRhythm, level: number): number | undefined {
  const { sign, goal, now, stepMs } = course;
  for (let at = now; at <= now + RHYTHM_MS; at += stepMs) {
    const usual = level + sign * rhythm.at(at);
    if (usual > goal && at === now) return undefined;
    if (usual - CLEAR * rhythm.spreadAt(at) > goal && isCommon(course, at)) return at;
  }
  return undefined;
}

function isCommon({ sign, goal, hours }: Course, at: number): boolean {
  const hourOf = (instant: number): number => Math.floor((instant % RHYTHM_MS) / HOUR_MS);
  const same = hours.filter((hour) => hourOf(hour.at) === hourOf(at));
  return same.filter(({ value }) => sign * value > goal).length >= COMMON * same.length;
}
