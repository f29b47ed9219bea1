import type { Aggregation } from '../model/condition.js';
import { ALL_INSTANCES, type ReportedSeries, type SignalRequest } from './signal-request.js';

/** One series of a signal, over all instances. */
export interface JoinedSeries {
  readonly labels: Readonly<Record<string, string>>;
  /** Null when no instance has a value; NaN when one has none that is finite. */
  readonly value: number | null;
}

/**
 * The same series of all instances as one. What is counted adds up (sums, counts, rates of counters); of means, and of
 * latest values of gauges, the mean is taken; of percentiles the highest, which is never too low.
 */
export function together(
  series: readonly ReportedSeries[],
  { signal, aggregation }: Pick<SignalRequest, 'signal' | 'aggregation'>,
): JoinedSeries[] {
  const bySeries = new Map<string, ReportedSeries[]>();
  for (const each of series) {
    const key = JSON.stringify(Object.entries(each.labels).sort(([a], [b]) => (a < b ? -1 : 1)));
    bySeries.set(key, [...(bySeries.get(key) ?? []), each]);
  }
  const join = joiningOf(aggregation, signal.endsWith('_total'));
  return [...bySeries.values()].map((same) => ({
    labels: { ...same[0]?.labels, instance: ALL_INSTANCES },
    value: joined(same, join),
  }));
}

function joined(
  series: readonly ReportedSeries[],
  join: (values: readonly number[]) => number,
): number | null {
  const values = series.flatMap(({ value }) => value ?? []);
  if (values.includes('not-finite')) return NaN;
  const numbers = values.filter((value) => typeof value === 'number');
  return numbers.length === 0 ? null : join(numbers);
}

function joiningOf(aggregation: Aggregation, isCounter: boolean): (values: readonly number[]) => number {
  switch (aggregation) {
    case 'sum':
    case 'count':
      return sumOf;
    case 'mean':
    case 'last':
      return isCounter ? sumOf : (values) => sumOf(values) / values.length;
    case 'min':
      return (values) => Math.min(...values);
    default:
      return (values) => Math.max(...values);
  }
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
