/** How much the parts of the alerting bench do. */
export interface Scale {
  readonly rounds: number;
  readonly eventsPerSeries: number;
}

export const FULL: Scale = { rounds: 15, eventsPerSeries: 240 };
export const SHORT: Scale = { rounds: 3, eventsPerSeries: 40 };
