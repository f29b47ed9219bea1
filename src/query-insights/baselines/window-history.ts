import type { Figures } from '../profile/figures.js';
import { Distribution } from './distribution.js';
import { LEAST_CALLS } from './slowdown.js';

const MOST_WINDOWS = 12;
const MOST_RECENT = 3;

/** What a statement did in one step of time. */
export interface StatementWindow {
  readonly from: Date;
  readonly to: Date;
  readonly figures: Figures;
}

/** A stretch of windows, taken together. */
export interface Stretch {
  readonly from: Date;
  readonly to: Date;
  /** Of the windows themselves: a statement may rest in between. */
  readonly minutes: number;
  readonly distribution: Distribution;
  readonly windows: readonly StatementWindow[];
}

/** The last windows of statements, in memory: what is now, and what was just before. */
export class WindowHistory {
  private readonly windows = new Map<string, StatementWindow[]>();

  add(fingerprint: string, window: StatementWindow): void {
    const known = this.windows.get(fingerprint) ?? [];
    known.push(window);
    if (known.length > MOST_WINDOWS) known.shift();
    this.windows.set(fingerprint, known);
  }

  /** Drops statements whose last window is older than `before`. */
  forget(before: Date): void {
    for (const [fingerprint, windows] of this.windows) {
      if ((windows.at(-1)?.to ?? before) <= before) this.windows.delete(fingerprint);
    }
  }

  clear(): void {
    this.windows.clear();
  }

  /** The last window, and as many before it as make enough calls to judge by, three at most. */
  present(fingerprint: string): Stretch | undefined {
    const windows = this.windows.get(fingerprint) ?? [];
    let count = 1;
    while (count < Math.min(MOST_RECENT, windows.length) && callsOf(windows.slice(-count)) < LEAST_CALLS)
      count += 1;
    return stretchOf(windows.slice(-count));
  }

  /** Windows from `since` on that ended before `until`. */
  before(fingerprint: string, since: Date, until: Date): Stretch | undefined {
    const windows = this.windows.get(fingerprint) ?? [];
    return stretchOf(windows.filter(({ from, to }) => from >= since && to <= until));
  }
}

function callsOf(windows: readonly StatementWindow[]): number {
  return windows.reduce((sum, { figures }) => sum + figures.calls, 0);
}

function stretchOf(windows: readonly StatementWindow[]): Stretch | undefined {
  const [first, last] = [windows[0], windows.at(-1)];
  if (first === undefined || last === undefined) return undefined;
  const distribution = new Distribution();
  let minutes = 0;
  for (const { from, to, figures } of windows) {
    distribution.add(figures);
    minutes += (to.getTime() - from.getTime()) / 60_000;
  }
  return { from: first.from, to: last.to, minutes, distribution, windows };
}
