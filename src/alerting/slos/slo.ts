/** When an event is good. boundMs: it took at most so long; null: it succeeded. */
export interface Indicator {
  /** Null: every scraper of the tenant. */
  readonly scraperSource: string | null;
  /** Null: every metric type. */
  readonly metricType: string | null;
  readonly boundMs: number | null;
}

/** The share of events that is to be good over a rolling window. */
export interface Slo {
  readonly id: string;
  readonly tenantId: string;
  readonly name: string;
  readonly indicator: Indicator;
  /** 0..1, both excluded. */
  readonly objective: number;
  readonly windowMs: number;
  /** Rises with each change. */
  readonly version: number;
  readonly createdBy: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** What may be chosen of an SLO itself; who is told stands in its rules. */
export type SloDefinition = Pick<Slo, 'name' | 'indicator' | 'objective' | 'windowMs'>;
