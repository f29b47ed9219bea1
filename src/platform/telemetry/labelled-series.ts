import { labelText } from './label-text.js';

/** One value for every label name of a metric. */
export type Labels<Name extends string = string> = Readonly<Record<Name, string>>;

/** Value of every label of the series that takes what exceeds the cap. */
export const OVERFLOW_LABEL = 'other';

/** One series: its labels and what is counted under them. */
export interface LabelledSeries<Value> {
  readonly labels: Labels;
  readonly value: Value;
}

/** A series that is kept, with its labels as the text formats write them. */
export interface KeptSeries<Value> extends LabelledSeries<Value> {
  readonly text: string;
}

/** The series whose labels begin with the values on the way to here. */
interface Branch<Value> {
  readonly branches: Map<string, Branch<Value>>;
  series?: KeptSeries<Value>;
}

/**
 * The series of one metric, at most `maxSeries` of them: whatever comes later shares one series whose
 * labels all say "other", so that a label made from input cannot fill the memory.
 */
export class SeriesSet<Value> {
  /** A level for each label: looking one up makes no key of all of them. */
  private readonly root: Branch<Value> = { branches: new Map() };
  private readonly list: KeptSeries<Value>[] = [];

  constructor(
    private readonly labelNames: readonly string[],
    private readonly maxSeries: number,
    private readonly create: () => Value,
  ) {}

  /** The value kept for `labels`; made on first use. */
  at(labels: Labels): Value {
    let branch: Branch<Value> | undefined = this.root;
    for (const name of this.labelNames) branch = branch?.branches.get(labels[name] ?? '');
    return branch?.series === undefined ? this.add(labels) : branch.series.value;
  }

  /** All series, in the order of their first use. */
  all(): readonly KeptSeries<Value>[] {
    return this.list;
  }

  private add(labels: Labels): Value {
    if (this.list.length < this.maxSeries) return this.insert(labels);
    const overflow = Object.fromEntries(this.labelNames.map((name) => [name, OVERFLOW_LABEL]));
    return this.branchOf(overflow).series?.value ?? this.insert(overflow);
  }

  private insert(labels: Labels): Value {
    const value = this.create();
    const kept = Object.fromEntries(this.labelNames.map((name) => [name, labels[name] ?? '']));
    const series = { labels: kept, value, text: labelText(kept) };
    this.branchOf(kept).series = series;
    this.list.push(series);
    return value;
  }

  private branchOf(labels: Labels): Branch<Value> {
    let branch = this.root;
    for (const name of this.labelNames) {
      const value = labels[name] ?? '';
      const next = branch.branches.get(value) ?? { branches: new Map() };
      branch.branches.set(value, next);
      branch = next;
    }
    return branch;
  }
}
