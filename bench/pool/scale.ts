/** How much is measured: in full for figures, or just enough to see that everything runs. */
export interface Scale {
  /** Alternating rounds of a ratio, and the length of one sample. */
  readonly rounds: number;
  readonly sampleMs: number;
  readonly leaks: number;
  readonly restarts: number;
  readonly kills: number;
}

export const FULL: Scale = { rounds: 21, sampleMs: 400, leaks: 40, restarts: 5, kills: 20 };

export const SHORT: Scale = { rounds: 3, sampleMs: 60, leaks: 5, restarts: 1, kills: 2 };
