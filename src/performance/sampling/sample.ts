/** Values of one moment by name (`application.heap`); null: there was none. */
export interface Sample {
  readonly at: Date;
  readonly values: Readonly<Record<string, number | null>>;
}

/** What a series did in a stretch of time. */
export type Summary = readonly [mean: number, least: number, greatest: number, samples: number];

/** A stretch of time, all series of one instance. */
export interface Point {
  /** Its begin. */
  readonly sampledAt: Date;
  readonly series: Readonly<Record<string, Summary>>;
}
