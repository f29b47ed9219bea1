import type { LabelledSeries } from './series.js';

/** What a detector found over several series. */
export interface Score {
  readonly found: number;
  readonly missed: number;
  readonly falseAlarms: number;
  /** Of windows found and alarms in none. */
  readonly f1: number;
  /** Standard profile of the Numenta Anomaly Benchmark: 100 finds all early and nothing else, 0 finds nothing. */
  readonly nab: number;
}

/** Weight of a false alarm against a window, in that profile. */
const FALSE_ALARM = 0.11;
/** Time to learn, in which nothing counts, in that benchmark. */
const LEARNING = { share: 0.15, most: 750 };

/** Scores alarms, given as flags beside the points of each series. */
export function scoreOf(series: readonly LabelledSeries[], flagsOf: readonly (readonly boolean[])[]): Score {
  const total = { found: 0, missed: 0, falseAlarms: 0, points: 0 };
  series.forEach((one, index) => {
    const score = scoreOne(one, flagsOf[index] ?? []);
    total.found += score.found;
    total.missed += score.missed;
    total.falseAlarms += score.falseAlarms;
    total.points += score.points;
  });
  const windows = total.found + total.missed;
  const precision = total.found / Math.max(1, total.found + total.falseAlarms);
  const recall = total.found / Math.max(1, windows);
  const f1 = precision + recall === 0 ? 0 : (2 * precision * recall) / (precision + recall);
  return { ...total, f1, nab: (100 * (total.points + windows)) / (2 * Math.max(1, windows)) };
}

function scoreOne({ at, windows }: LabelledSeries, flags: readonly boolean[]) {
  const start = Math.min(LEARNING.most, Math.floor(LEARNING.share * at.length));
  const open = windows.filter(([, last]) => last >= start);
  const found = new Set<readonly [number, number]>();
  let falseAlarms = 0;
  let points = 0;
  for (let index = start; index < flags.length; index += 1) {
    if (!flags[index]) continue;
    const window = open.find(([first, last]) => index >= first && index <= last);
    if (window === undefined) {
      falseAlarms += 1;
      points += FALSE_ALARM * lateness(index, open);
    } else if (!found.has(window)) {
      found.add(window);
      const [first, last] = window;
      points += sigmoid(-(last - index + 1) / (last - first + 1)) / sigmoid(-1);
    }
  }
  const missed = open.length - found.size;
  return { found: found.size, missed, falseAlarms, points: points - missed };
}

/** An alarm soon after a window counts less against a detector than one anywhere else. */
function lateness(index: number, windows: LabelledSeries['windows']): number {
  const before = windows.filter(([, last]) => last < index).at(-1);
  if (before === undefined) return -1;
  const distance = (index - before[1]) / Math.max(1, before[1] - before[0]);
  return distance > 3 ? -1 : sigmoid(distance);
}

function sigmoid(position: number): number {
  return 2 / (1 + Math.exp(5 * position)) - 1;
}
