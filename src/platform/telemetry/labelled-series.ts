import { keepLabelText } from './label-text.js';

/** One value for every label name of a metric. */
export type Labels<Name extends string = string> = Readonly<Record<Name, string>>;

/** Value of every label of the series that takes what exceeds the cap. */
export const OVERFLOW_LABEL = 'other';

/** One series: its labels and what is counted under them. */
export interface LabelledSeries<Value> {
  readonly labels: Labels;
  readonly value: Value;
}

/**
 * The series of one metric, at most `maxSeries` of them: whatever comes later shares one series whose
 * labels all say "other", so that a label made from input cannot fill the memory.
 */
export class SeriesSet<Value> {
  private readonly series = new Map<string, LabelledSeries<Value>>();

  constructor(
    private readonly labelNames: readonly string[],
    private readonly maxSeries: number,
    private readonly create: () => Value,
  ) {}

  /** The value kept for `labels`; made on first use. */
  at(labels: Labels): Value {
    const known = this.series.get(this.keyOf(labels));
    return known === undefined ? this.add(labels) : known.value;
  }

  /** All series, in the order of their first use. */
  all(): LabelledSeries<Value>[] {
    return [...this.series.values()];
  }

  private add(labels: Labels): Value {
    if (this.series.size < this.maxSeries) return this.insert(labels);
    const overflow = Object.fromEntries(this.labelNames.map((name) => [name, OVERFLOW_LABEL]));
    return this.series.get(this.keyOf(overflow))?.value ?? this.insert(overflow);
  }

  private insert(labels: Labels): Value {
    const value = this.create();
    const kept = Object.fromEntries(this.labelNames.map((name) => [name, labels[name] ?? '']));
    keepLabelText(kept);
    this.series.set(this.keyOf(labels), { labels: kept, value });
    return value;
  }

  private keyOf(labels: Labels): string {
    if (this.labelNames.length === 0) return '';
    if (this.labelNames.length === 1) return labels[this.labelNames[0] ?? ''] ?? '';
    // A JSON array is unambiguous, whatever characters the values hold.
    return JSON.stringify(this.labelNames.map((name) => labels[name] ?? ''));
  }
}
