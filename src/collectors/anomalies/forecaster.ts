import { DAY_MS, HOUR_MS } from '../time.js';
import { Expert, type Opinion, type Tick } from './expert.js';
import { SeasonalProfile } from './seasonal-profile.js';

const BIN_MS = HOUR_MS / 2;
/** Another expert takes over when it is better by so much: equals do not take turns. */
const BETTER = 0.97;

/** A forecast, and what to learn from when the value is known. */
export interface Forecast extends Opinion {
  readonly opinions: readonly Opinion[];
}

/** Foresees a series by the expert that has been best: without a season, with a daily or with a weekly one. */
export class Forecaster {
  private readonly experts = [
    new Expert(undefined, 1),
    new Expert(new SeasonalProfile(DAY_MS, BIN_MS), 1),
    new Expert(new SeasonalProfile(7 * DAY_MS, BIN_MS), 7),
  ];
  private best = 0;

  foresee(tick: Tick): Forecast {
    const opinions = this.experts.map((expert) => expert.foresee(tick));
    const { usual, next } = opinions[this.best] ?? { usual: 0, next: 0 };
    return { usual, next, opinions };
  }

  learn(value: number, { opinions }: Forecast, tick: Tick): void {
    this.experts.forEach((expert, index) => {
      const opinion = opinions[index];
      if (opinion !== undefined) expert.learn(value, opinion, tick);
    });
    let least = BETTER * (this.experts[this.best]?.error ?? 0);
    this.experts.forEach(({ error }, index) => {
      if (error >= least) return;
      least = error;
      this.best = index;
    });
  }
}
