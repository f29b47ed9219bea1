/** How much the parts of the alerting bench do. */
export interface Scale {
  readonly rounds: number;
  readonly eventsPerSeries: number;
  /** Into how many parts the storms are cut. */
  readonly stormBatches: readonly number[];
  readonly flappingMs: number;
  readonly transitions: number;
  readonly kills: number;
}

export const FULL: Scale = {
  rounds: 15,
  eventsPerSeries: 240,
  stormBatches: [1, 1_000],
  flappingMs: 3_600_000,
  transitions: 10_000,
  kills: 25,
};
export const SHORT: Scale = {
  rounds: 3,
  eventsPerSeries: 40,
  stormBatches: [1],
  flappingMs: 600_000,
  transitions: 1_000,
  kills: 2,
};
