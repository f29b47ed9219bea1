/** How much is measured: in full for figures, or just enough to see that everything runs. */
export interface Scale {
  /** Alternating rounds of a ratio, and the length of one sample. */
  readonly rounds: number;
  readonly sampleMs: number;
  /** Random inputs for the laws of the health score. */
  readonly cases: number;
  /** Open-loop load on a route: how long a run takes, and how many runs the middle one is of. */
  readonly loadSeconds: number;
  readonly loadRuns: number;
  readonly warmUpSeconds: number;
  readonly blocks: number;
}

export const FULL: Scale = {
  rounds: 21,
  sampleMs: 200,
  cases: 1_000_000,
  loadSeconds: 10,
  loadRuns: 3,
  warmUpSeconds: 5,
  blocks: 5,
};

export const SHORT: Scale = {
  rounds: 3,
  sampleMs: 40,
  cases: 20_000,
  loadSeconds: 2,
  loadRuns: 1,
  warmUpSeconds: 1,
  blocks: 1,
};
