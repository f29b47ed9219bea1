import { Random } from '../../test/support/random.js';
import { heavyTailed, normal, poisson } from './draws.js';
import type { LabelledSeries } from './series.js';

const START = Date.UTC(2026, 0, 5);
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
/** Alarms may come a little late. */
const GRACE = 50;

/** What a source makes of a moment: `event` is undefined where nothing happens. */
type Source = (moment: Moment) => number;

interface Moment {
  readonly at: number;
  readonly index: number;
  readonly random: Random;
  readonly event: Happening | undefined;
}

/** An event under way: which one, how many points ago it began, and how much of it is over. */
interface Happening {
  readonly which: number;
  readonly since: number;
  readonly part: number;
}

interface Family {
  readonly points: number;
  readonly stepMs: number;
  /** Shortest and longest event; none: nothing ever happens. */
  readonly lengths?: readonly [number, number];
  /** Share of points that are not there, in runs. */
  readonly missing?: number;
  /** Steps differ by up to three times. */
  readonly isIrregular?: boolean;
  /** Each series has a source of its own, with a size and a state. */
  readonly source: (random: Random, unit: number) => Source;
}

/** Sources as systems have them, none of which the detector's constants were chosen by. */
export const LIFELIKE: Readonly<Record<string, Family>> = {
  'CPU nearly idle': {
    points: 4_000,
    stepMs: 5 * MINUTE_MS,
    lengths: [40, 150],
    source: (random) => {
      const idle = 0.06 + 0.1 * random.fraction();
      return ({ random: draw, event }) => {
        const blip = draw.fraction() < 0.01 ? 0.3 * draw.fraction() : 0;
        const value = idle + 0.01 * Math.round(draw.below(3)) + blip + (event === undefined ? 0 : 1.5);
        return Math.round(value * 500) / 500;
      };
    },
  },
  'CPU with jobs every few hours': {
    points: 4_000,
    stepMs: 5 * MINUTE_MS,
    lengths: [30, 120],
    source: (random) => {
      const period = 30 + random.below(50);
      return ({ index, random: draw, event }) => {
        const isJob = index % period < 4;
        return 20 + 2 * normal(draw) + (isJob ? 35 + 5 * normal(draw) : 0) + (event === undefined ? 0 : 25);
      };
    },
  },
  'requests, working week': {
    points: 6_000,
    stepMs: 10 * MINUTE_MS,
    lengths: [30, 144],
    source: (_random, unit) => {
      return ({ at, random: draw, event }) => {
        const usual = demand(at) * unit * 40 + 2;
        const factor = event === undefined ? 1 : ([0.25, 2.2][event.which % 2] ?? 1);
        return Math.max(
          0,
          Math.round(usual * factor * (1 + 0.08 * normal(draw)) + Math.sqrt(usual) * normal(draw)),
        );
      };
    },
  },
  'prices by the hour': {
    points: 1_600,
    stepMs: HOUR_MS,
    lengths: [1, 12],
    source: (_random, unit) => {
      let level = 0;
      return ({ at, random: draw, event }) => {
        level = 0.95 * level + 0.08 * normal(draw);
        const daily = 0.15 * Math.sin((2 * Math.PI * at) / DAY_MS);
        return unit * Math.exp(level + daily + 0.2 * normal(draw)) * (event === undefined ? 1 : 5);
      };
    },
  },
  'memory that grows until a restart': {
    points: 4_000,
    stepMs: 5 * MINUTE_MS,
    lengths: [30, 100],
    source: (random) => {
      const pace = 0.05 + 0.1 * random.fraction();
      let used = 20;
      return ({ random: draw, event }) => {
        used += pace * (event === undefined ? 1 : 12) * draw.fraction() * 2;
        if (used > 80 + 5 * normal(draw)) used = 20;
        return used + 0.3 * normal(draw);
      };
    },
  },
  'mostly nothing': {
    points: 4_000,
    stepMs: 5 * MINUTE_MS,
    lengths: [5, 30],
    source: () => {
      return ({ random: draw, event }) => {
        if (event !== undefined) return 4 + poisson(6, draw);
        return draw.fraction() < 0.07 ? 1 + poisson(1, draw) : 0;
      };
    },
  },
  'road sensor': {
    points: 2_500,
    stepMs: 8 * MINUTE_MS,
    lengths: [6, 40],
    isIrregular: true,
    source: (_random, unit) => {
      return ({ at, random: draw, event }) => {
        const rush = Math.max(0, Math.sin((2 * Math.PI * at) / DAY_MS)) ** 3;
        return unit * (60 - 25 * rush + 4 * heavyTailed(draw) - (event === undefined ? 0 : 45));
      };
    },
  },
  mentions: {
    points: 8_000,
    stepMs: 5 * MINUTE_MS,
    lengths: [12, 60],
    source: (_random, unit) => {
      let mood = 0;
      return ({ at, random: draw, event }) => {
        mood = 0.8 * mood + 0.3 * normal(draw);
        const chatter = draw.fraction() < 0.01 ? 3 * draw.fraction() : 0;
        const burst = event === undefined ? 0 : 12 * Math.exp(-event.since / 20);
        const daily = 1 + 0.6 * Math.sin((2 * Math.PI * at) / DAY_MS);
        return poisson(Math.min(600, 5 * unit * (daily * Math.exp(mood) + chatter + burst)), draw);
      };
    },
  },
  'temperature of a machine': {
    points: 6_000,
    stepMs: 5 * MINUTE_MS,
    lengths: [80, 250],
    source: () => {
      let [slow, off] = [0, 0];
      return ({ random: draw, event }) => {
        slow = 0.998 * slow + 0.3 * normal(draw);
        off = event === undefined ? 0.97 * off : off - 0.6;
        return 85 + slow + off + 0.5 * normal(draw);
      };
    },
  },
  'traffic of two modes': {
    points: 4_000,
    stepMs: 5 * MINUTE_MS,
    lengths: [10, 60],
    source: (_random, unit) => {
      let isHigh = false;
      return ({ random: draw, event }) => {
        if (draw.fraction() < 0.02) isHigh = !isHigh;
        const level = event === undefined ? (isHigh ? 50 : 10) : 130;
        return unit * level * (1 + 0.07 * normal(draw));
      };
    },
  },
  'growing business': {
    points: 5_000,
    stepMs: 15 * MINUTE_MS,
    lengths: [2, 20],
    source: (_random, unit) => {
      return ({ at, index, random: draw, event }) => {
        const growth = 1 + index / 2_500;
        const season = 1 + 0.4 * Math.sin((2 * Math.PI * at) / DAY_MS);
        const factor = event === undefined ? 1 : ([0.4, 1.7][event.which % 2] ?? 1);
        return unit * 100 * growth * season * factor * (1 + 0.05 * normal(draw));
      };
    },
  },
  'sensor with gaps': {
    points: 4_000,
    stepMs: 10 * MINUTE_MS,
    lengths: [4, 40],
    missing: 0.15,
    source: (_random, unit) => {
      return ({ at, random: draw, event }) => {
        return (
          unit *
          (30 + 6 * Math.sin((2 * Math.PI * at) / DAY_MS) + normal(draw) + (event === undefined ? 0 : 9))
        );
      };
    },
  },
  'latency that gets worse': {
    points: 4_000,
    stepMs: 5 * MINUTE_MS,
    lengths: [300, 500],
    source: (_random, unit) => {
      return ({ random: draw, event }) =>
        unit * (40 + (event === undefined ? 0 : 40 * event.part)) * Math.exp(0.15 * normal(draw));
    },
  },
  'level that moves for good': {
    points: 4_000,
    stepMs: 5 * MINUTE_MS,
    lengths: [60, 200],
    source: (_random, unit) => {
      let [level, moved] = [50, -1];
      return ({ random: draw, event }) => {
        if (event !== undefined && event.which !== moved) {
          moved = event.which;
          level *= draw.fraction() < 0.5 ? 0.6 : 1.6;
        }
        return unit * level * (1 + 0.08 * heavyTailed(draw));
      };
    },
  },
  'quiet: two modes': {
    points: 4_000,
    stepMs: 5 * MINUTE_MS,
    source: (_random, unit) => {
      let isHigh = false;
      return ({ random: draw }) => {
        if (draw.fraction() < 0.02) isHigh = !isHigh;
        return unit * (isHigh ? 50 : 10) * (1 + 0.07 * normal(draw));
      };
    },
  },
  'quiet: sawtooth': {
    points: 4_000,
    stepMs: 5 * MINUTE_MS,
    source: (random) => {
      const pace = 0.1 + 0.2 * random.fraction();
      let used = 20;
      return ({ random: draw }) => {
        used = used > 80 + 5 * normal(draw) ? 20 : used + pace * draw.fraction() * 2;
        return used + 0.3 * normal(draw);
      };
    },
  },
  'quiet: jobs every few hours': {
    points: 4_000,
    stepMs: 5 * MINUTE_MS,
    source: (random) => {
      const period = 30 + random.below(50);
      return ({ index, random: draw }) =>
        20 + 2 * normal(draw) + (index % period < 4 ? 35 + 5 * normal(draw) : 0);
    },
  },
  'quiet: working week': {
    points: 6_000,
    stepMs: 10 * MINUTE_MS,
    source: (_random, unit) => {
      return ({ at, random: draw }) => {
        const usual = demand(at) * unit * 40 + 2;
        return Math.max(0, Math.round(usual * (1 + 0.08 * normal(draw)) + Math.sqrt(usual) * normal(draw)));
      };
    },
  },
  'quiet: mostly nothing': {
    points: 4_000,
    stepMs: 5 * MINUTE_MS,
    source: () => {
      return ({ random: draw }) => (draw.fraction() < 0.07 ? 1 + poisson(1, draw) : 0);
    },
  },
};

/** One series of such a source. */
export function generateLifelike(name: string, seed: number): LabelledSeries {
  const family = LIFELIKE[name];
  if (family === undefined) throw new TypeError(`there is no family ${name}`);
  const random = new Random((seed * 7_919 + Object.keys(LIFELIKE).indexOf(name) * 104_729) | 0);
  const source = family.source(random, 10 ** (2 * random.fraction()));
  const events = eventsOf(family, random);
  const [at, values]: [number[], number[]] = [[], []];
  const kept: number[] = [];
  let [clock, isAway] = [START, false];
  for (let index = 0; index < family.points; index += 1) {
    clock += family.stepMs * (family.isIrregular === true ? 0.5 + random.below(3) + random.fraction() : 1);
    const value = source({ at: clock, index, random, event: happening(events, index) });
    isAway = random.fraction() < (isAway ? 0.9 : (0.1 * (family.missing ?? 0)) / (1 - (family.missing ?? 0)));
    kept.push(at.length);
    if (isAway) continue;
    at.push(clock);
    values.push(value);
  }
  const windows = events.map(([first, last]): [number, number] => [
    kept[first - 2] ?? 0,
    kept[Math.min(family.points - 1, Math.max(last + 10, first + GRACE))] ?? at.length - 1,
  ]);
  return { name: `${name} ${seed}`, at, values, windows };
}

/** Much by day, less by night, little at weekends. */
function demand(at: number): number {
  const day = Math.floor(at / DAY_MS + 3) % 7;
  const hour = (at % DAY_MS) / HOUR_MS;
  return (day > 4 ? 0.35 : 1) * (0.15 + Math.exp(-((hour - 14) ** 2) / 18));
}

function happening(events: readonly (readonly [number, number])[], index: number): Happening | undefined {
  const which = events.findIndex(([first, last]) => index >= first && index <= last);
  const event = events[which];
  if (event === undefined) return undefined;
  const [first, last] = event;
  return { which, since: index - first, part: (index - first + 1) / (last - first + 1) };
}

/** Two events, in the middle and towards the end. */
function eventsOf({ lengths, points }: Family, random: Random): [number, number][] {
  if (lengths === undefined) return [];
  return [0.4, 0.7].map((share) => {
    const first = Math.floor(points * (share + 0.2 * random.fraction()));
    const last = first + lengths[0] - 1 + random.below(lengths[1] - lengths[0] + 1);
    return [first, Math.min(points - 1, last)];
  });
}
