import { median } from './trend.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const HOURS = 24;
/** Days that must have been seen. */
const LEAST_DAYS = 3;
/** A rhythm must leave at most this share of the deviations. */
const MOST_LEFT = 0.7;
const DEVIATION = 1.4826;

/** What is usual at each hour of the day, against the day as a whole. */
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
  for (const day of whole) {
    const level = median(day.map(({ value }) => value));
    for (const { at, value } of day) bins[Math.floor((at % DAY_MS) / HOUR_MS)]?.push(value - level);
  }
  const usual = bins.map(median);
  const left = bins.map((values, hour) =>
    median(values.map((value) => Math.abs(value - (usual[hour] ?? 0)))),
  );
  if (bins.some(({ length }) => length < LEAST_DAYS - 1)) return undefined;
  const all = median(bins.flat().map(Math.abs));
  if (median(left) > MOST_LEFT * all) return undefined;
  return {
    at: (instant) => between(usual, instant),
    spreadAt: (instant) => DEVIATION * between(left, instant),
  };
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
