/** How a value is compared with the one it must not reach. */
export type Operator = '<' | '<=' | '>' | '>=' | '=' | '!=';

/** How the values of a window become one. */
export type Aggregation = 'mean' | 'min' | 'max' | 'sum' | 'count' | 'last' | 'p50' | 'p95' | 'p99';

/** What of a collector's events is looked at. successRatio: 0 to 1, only with the aggregation `mean`. */
export type Measure = 'durationMs' | 'items' | 'successRatio';

/** Events of a tenant's collectors; each series that matches is an alert of its own. */
export interface CollectorSource {
  readonly from: 'collector';
  /** null: every scraper of the tenant. */
  readonly scraperSource: string | null;
  /** null: every metric type. */
  readonly metricType: string | null;
  readonly measure: Measure;
}

/** What instances measure of themselves; each instance is an alert of its own. Only for the operators of the server. */
export interface OwnSource {
  readonly from: 'own';
  /** A metric of docs/reference/metrics.md, or `component.indicator` of the health report. */
  readonly signal: string;
  /** Labels that a series of the metric must have; `instance`: of this one alone, or `all` of them as one alert. */
  readonly labels: Readonly<Record<string, string>>;
}

/** Bad while the value of the window compares so. */
export interface ThresholdCondition {
  readonly kind: 'threshold';
  readonly source: CollectorSource | OwnSource;
  readonly aggregation: Aggregation;
  readonly windowMs: number;
  readonly operator: Operator;
  readonly threshold: number;
  /** Once bad, it is well only when the value no longer compares so with this one; null: the threshold itself. */
  readonly clearThreshold: number | null;
}

/** Bad while a series is not what its past lets expect. */
export interface AnomalyCondition {
  readonly kind: 'anomaly';
  readonly source: CollectorSource;
  readonly aggregation: Aggregation;
  /** Length of the steps that are judged. */
  readonly stepMs: number;
  readonly direction: 'above' | 'below' | 'both';
}

/** Bad while the error budget of an SLO burns faster than this, over the long window and still over the short one. */
export interface BurnRateCondition {
  readonly kind: 'burn-rate';
  readonly sloId: string;
  readonly longWindowMs: number;
  readonly shortWindowMs: number;
  /** 1: the budget lasts exactly as long as the window of the SLO. */
  readonly factor: number;
}

/** What is measured, and when it is bad. */
export type Condition = ThresholdCondition | AnomalyCondition | BurnRateCondition;
