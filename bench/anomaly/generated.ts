import { Random } from '../../test/support/random.js';
import { heavyTailed, normal, poisson } from './draws.js';
import type { LabelledSeries } from './series.js';

const POINTS = 4_000;
const START = Date.UTC(2026, 0, 5);
const STEPS_MS = [300_000, 300_000, 600_000, 1_800_000] as const;
const DAY_MS = 86_400_000;
/** Alarms may come a little late. */
const GRACE = 50;

/** A point of a series in the making: its parts, in units of ordinary noise. */
interface Point {
  level: number;
  season: number;
  noise: number;
}

/** What happens during an event: `part` runs from 0 to 1, `sign` differs from one event to the next. */
type Event = (point: Point, part: number, sign: number) => void;

interface Family {
  /** Shortest and longest event. */
  readonly lengths: readonly [number, number];
  readonly event: Event;
  /** By how much the level stays changed after an event. */
  readonly stays: number;
  readonly noise: (random: Random) => number;
  readonly isCounted: boolean;
  readonly isStuck: boolean;
}

const CALM: Family = {
  lengths: [0, 0],
  event: () => undefined,
  stays: 0,
  noise: normal,
  isCounted: false,
  isStuck: false,
};

/** Kinds of events and of noise. Those without lengths have no event: whatever rings there is false. */
export const FAMILIES: Readonly<Record<string, Partial<Family>>> = {
  spike: { lengths: [1, 3], event: (point) => (point.noise += 8) },
  dip: { lengths: [1, 3], event: (point) => (point.noise -= 8) },
  shift: { lengths: [200, 400], event: (point, _part, sign) => (point.level += 5 * sign), stays: 5 },
  drift: { lengths: [200, 400], event: (point, part, sign) => (point.level += 10 * part * sign), stays: 10 },
  'season reversed': { lengths: [200, 300], event: (point) => (point.season *= -1) },
  'noise fourfold': { lengths: [60, 200], event: (point) => (point.noise *= 4) },
  dropout: { lengths: [6, 40], event: (point) => Object.assign(point, { level: 0, season: 0, noise: 0 }) },
  stuck: { lengths: [60, 150], isStuck: true },
  burst: { lengths: [1, 6], event: (point) => (point.level += 12), isCounted: true },
  calm: {},
  'heavy tails': { noise: heavyTailed },
  counts: { isCounted: true },
  'heavy tails, skewed': { noise: (random) => Math.exp(normal(random)) },
  outages: { noise: (random) => (random.fraction() < 0.01 ? NaN : normal(random)) },
};

/** What differs from one series of a family to the next. */
interface Shape {
  readonly stepMs: number;
  readonly amplitude: number;
  /** Part of the noise that stays from one point to the next. */
  readonly memory: number;
  readonly unit: number;
  readonly events: readonly (readonly [number, number])[];
}

/** One series of a family: season, autocorrelation, unit and step differ by the seed. */
export function generate(name: string, seed: number): LabelledSeries {
  const family = { ...CALM, ...FAMILIES[name] };
  const random = new Random(seed * 7_919 + name.length * 104_729 + name.charCodeAt(0));
  const isSeasonal = random.fraction() < 0.7 || name === 'season reversed';
  const shape = {
    stepMs: random.of(STEPS_MS),
    amplitude: isSeasonal ? 2 + 6 * random.fraction() : 0,
    memory: random.fraction() < 0.5 ? 0 : 0.3 + 0.5 * random.fraction(),
    unit: 10 ** (4 * random.fraction() - 1),
    events: eventsOf(family, random),
  };
  const at = Array.from({ length: POINTS }, (_, index) => START + index * shape.stepMs);
  const windows = shape.events.map(([first, last]): [number, number] => [
    first - 2,
    Math.min(POINTS - 1, Math.max(last + 10, first + GRACE)),
  ]);
  return { name: `${name} ${seed}`, at, values: valuesOf(at, family, shape, random), windows };
}

function valuesOf(at: readonly number[], family: Family, shape: Shape, random: Random): number[] {
  const { amplitude, memory, unit } = shape;
  let [noise, stayed] = [0, 0];
  const values: number[] = [];
  for (const [index, instant] of at.entries()) {
    const fresh = family.noise(random);
    noise = memory * (Number.isNaN(noise) ? 0 : noise) + fresh * Math.sqrt(1 - memory ** 2);
    const season = amplitude * Math.sin((2 * Math.PI * instant) / DAY_MS);
    const point = { level: 20 + stayed, season, noise };
    const now = eventAt(shape, index);
    if (now !== undefined) family.event(point, now.part, now.sign);
    if (now?.part === 1) stayed += now.sign * family.stays;
    const isHeld = family.isStuck && now?.isFirst === false;
    values.push(isHeld ? (values[index - 1] ?? 0) : valueOf(point, family, unit, random));
  }
  return values;
}

/** How much of the event at a point is over after it, and which way it goes; undefined where there is none. */
function eventAt({ events }: Shape, index: number) {
  const which = events.findIndex(([first, last]) => index >= first && index <= last);
  const event = events[which];
  if (event === undefined) return undefined;
  const [first, last] = event;
  return {
    part: (index - first + 1) / (last - first + 1),
    sign: which % 2 === 0 ? 1 : -1,
    isFirst: index === first,
  };
}

function eventsOf({ lengths: [least, most] }: Family, random: Random): [number, number][] {
  if (most === 0) return [];
  return [1_200, 2_600].map((start) => {
    const first = start + random.below(1_000);
    return [first, first + least - 1 + random.below(most - least + 1)];
  });
}

function valueOf(
  { level, season, noise }: Point,
  { isCounted }: Family,
  unit: number,
  random: Random,
): number {
  if (!isCounted) return unit * (level + season + noise);
  return poisson(0.4 + Math.max(0, season) / 8 + Math.max(0, level - 20), random);
}
