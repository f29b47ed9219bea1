/** How much is measured: in full for figures, or just enough to see that everything runs. */
export interface Scale {
  /** Alternating rounds of a ratio, and the length of one sample. */
  readonly rounds: number;
  readonly sampleMs: number;
  readonly handOffs: number;
  /** Before them, for everybody the same: a server's code has long been compiled. */
  readonly warmUpMs: number;
  readonly contestMs: number;
  readonly acquires: number;
  readonly deadlocks: number;
}

export const FULL: Scale = {
  rounds: 21,
  sampleMs: 400,
  handOffs: 200,
  warmUpMs: 4_000,
  contestMs: 5_000,
  acquires: 2_000,
  deadlocks: 100,
};

export const SHORT: Scale = {
  rounds: 3,
  sampleMs: 60,
  handOffs: 20,
  warmUpMs: 200,
  contestMs: 500,
  acquires: 100,
  deadlocks: 5,
};
