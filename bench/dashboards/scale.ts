/** How much is measured: in full for figures, or just enough to see that everything runs. */
export interface Scale {
  readonly layouts: number;
  readonly regionsPerLayout: number;
  readonly editors: number;
  readonly seconds: number;
  readonly warmUpSeconds: number;
  /** Other layouts that are loaded for the first time, and searches over all of them. */
  readonly readsElsewhere: number;
  /** The same before, and not counted: a process that has just started compiles what it runs. */
  readonly readsToWarmUp: number;
}

export const FULL: Scale = {
  layouts: 10_000,
  regionsPerLayout: 200,
  editors: 50,
  seconds: 60,
  warmUpSeconds: 10,
  readsElsewhere: 1_000,
  readsToWarmUp: 300,
};

export const SHORT: Scale = {
  layouts: 50,
  regionsPerLayout: 200,
  editors: 10,
  seconds: 10,
  warmUpSeconds: 1,
  readsElsewhere: 40,
  readsToWarmUp: 10,
};
