import { median } from './trend.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const HOURS = 24;
/** Days that must have been seen. */
const LEAST_DAYS = 3;
/** Told by the other days, a rhythm must leave at most this share of the deviations. */
const MOST_LEFT = 0.7;
const DEVIATION = 1.4826;

/** What is usual at each hour of the day, against the day as a whole, beyond what grows from day to day. */
export interface DailyRhythm {
  /** Deviation from the day's level at an instant; interpolated between the middles of hours. */
  at: (instant: number) => number;
  /** Typical distance of a day from it, at an instant. */
  spreadAt: (instant: number) => number;
}

/** An hour that has been measured. */
export interface HourValue {
  readonly at: number;
  readonly value: number;
}

/** Whether enough days were seen to say that there is a rhythm, or none. */
export function areDaysKnown(hours: readonly HourValue[]): boolean {
  return wholeDaysOf(hours).length >= LEAST_DAYS;
}

/** The rhythm of whole hours; undefined when there is none, or too little was seen. */
export function dailyRhythmOf(hours: readonly HourValue[]): DailyRhythm | undefined {
  const whole = wholeDaysOf(hours);
  if (whole.length < LEAST_DAYS) return undefined;
  const bins = Array.from({ length: HOURS }, (): number[] => []);
  for (const [index, day] of whole.entries()) {
    const growth = growthOf(whole, index);
    const still = day.map(({ at, value }) => ({ at, value: value - growth * (at % DAY_MS) }));
    const level = median(still.map(({ value }) => value));
    for (const { at, value } of still) bins[Math.floor((at % DAY_MS) / HOUR_MS)]?.push(value - level);
  }
  const usual = bins.map(median);
  const spread = bins.map((values, hour) => distanceFrom(usual[hour] ?? 0, values));
  if (bins.some(({ length }) => length < LEAST_DAYS - 1)) return undefined;
  const all = median(bins.flat().map(Math.abs));
  if (median(bins.map(leftOf)) > MOST_LEFT * all) return undefined;
  return {
    at: (instant) => between(usual, instant),
    spreadAt: (instant) => DEVIATION * between(spread, instant),
  };
}

function distanceFrom(middle: number, values: readonly number[]): number {
  return median(values.map((value) => Math.abs(value - middle)));
}

/** What the other days leave of a day: of few days, even noise is near to a middle that it is part of. */
function leftOf(values: readonly number[]): number {
  return median(
    values.map((value, day) => Math.abs(value - median(values.filter((_, other) => other !== day)))),
  );
}

/**
 * Per millisecond, of the same hours from day to day: what grows for days would look like a tooth that every day has.
 * The smaller of the growth before a day and after it, 0 when they disagree: a step, as weekends are, is no growth.
 */
function growthOf(days: readonly HourValue[][], index: number): number {
  const before = growthBetween(days[index - 1], days[index]);
  const after = growthBetween(days[index], days[index + 1]);
  if (before === undefined || after === undefined) return before ?? after ?? 0;
  if (Math.sign(before) !== Math.sign(after)) return 0;
  return Math.abs(before) < Math.abs(after) ? before : after;
}

function growthBetween(
  earlier: readonly HourValue[] | undefined,
  later: readonly HourValue[] | undefined,
): number | undefined {
  if (earlier === undefined || later === undefined) return undefined;
  const hourOf = (at: number): number => Math.floor((at % DAY_MS) / HOUR_MS);
  const known = new Map(earlier.map((hour) => [hourOf(hour.at), hour]));
  const paces = later.flatMap(({ at, value }) => {
    const same = known.get(hourOf(at));
    return same === undefined ? [] : [(value - same.value) / (at - same.at)];
  });
  return median(paces);
}

function wholeDaysOf(hours: readonly HourValue[]): HourValue[][] {
  const days = new Map<number, HourValue[]>();
  for (const hour of hours) {
    const day = Math.floor(hour.at / DAY_MS);
    const others = days.get(day);
    if (others === undefined) days.set(day, [hour]);
    else others.push(hour);
  }
  return [...days.values()].filter(({ length }) => length >= (3 * HOURS) / 4);
}

/** Interpolated between the middles of two hours. */
function between(values: readonly number[], instant: number): number {
  const place = (((instant / HOUR_MS - 0.5) % HOURS) + HOURS) % HOURS;
  const hour = Math.floor(place);
  const share = place - hour;
  return (1 - share) * (values[hour] ?? 0) + share * (values[(hour + 1) % HOURS] ?? 0);
}
