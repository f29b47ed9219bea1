/** How much is measured: in full for figures, or just enough to see that everything runs. */
export interface Scale {
  readonly layouts: number;
  readonly regionsPerLayout: number;
  readonly editors: number;
  readonly seconds: number;
  readonly warmUpSeconds: number;
  /** Other layouts that are loaded for the first time, and searches over all of them. */
  readonly readsElsewhere: number;
}

export const FULL: Scale = {
  layouts: 10_000,
  regionsPerLayout: 200,
  editors: 50,
  seconds: 60,
  warmUpSeconds: 10,
  readsElsewhere: 1_000,
};

export const SHORT: Scale = {
  layouts: 50,
  regionsPerLayout: 200,
  editors: 10,
  seconds: 10,
  warmUpSeconds: 1,
  readsElsewhere: 40,
};
