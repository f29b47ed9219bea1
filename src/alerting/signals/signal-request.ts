import type { Aggregation, OwnSource, ThresholdCondition } from '../model/condition.js';

/** What rules ask of each instance. */
export interface SignalRequest {
  readonly signal: string;
  readonly labels: OwnSource['labels'];
  readonly aggregation: Aggregation;
  readonly windowMs: number;
}

/** One series of a signal: null without a value in the window, text when it is no finite number. */
export interface ReportedSeries {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number | null | 'not-finite';
}

/** What an instance reports, by `requestKey`; null: there is no such signal. */
export type SignalReport = Readonly<Record<string, readonly ReportedSeries[] | null>>;

/** As the value of the label `instance`: all of them together are one alert. */
export const ALL_INSTANCES = 'all';

/** Undefined for conditions on something else. Which instances are meant is for the one that judges. */
export function requestOf({ source, aggregation, windowMs }: ThresholdCondition): SignalRequest | undefined {
  if (source.from !== 'own') return undefined;
  const labels = Object.fromEntries(Object.entries(source.labels).filter(([name]) => name !== 'instance'));
  return { signal: source.signal, labels, aggregation, windowMs };
}

/** The same text for the same request. */
export function requestKey({ signal, labels, aggregation, windowMs }: SignalRequest): string {
  const sorted = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([signal, sorted, aggregation, windowMs]);
}
