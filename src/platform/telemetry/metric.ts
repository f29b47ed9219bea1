import { Histogram } from '../../kernel/histogram.js';
import { labelText } from './label-text.js';
import { type Labels, type LabelledSeries, SeriesSet } from './labelled-series.js';

/** What a metric is called and what it means. */
export interface MetricOptions<Name extends string> {
  /** One sentence with the unit. */
  readonly help: string;
  /** Label names; their values must come from a bounded set. */
  readonly labels?: readonly Name[];
  /** Series kept before the rest shares one; default 200. */
  readonly maxSeries?: number;
}

/** One number under its labels. */
export type NumberSample = LabelledSeries<number>;

/** What every metric tells the exposition formats. */
export interface MetricFamily {
  readonly name: string;
  readonly help: string;
}

/** Gets the value of each series in turn, with the labels as the text formats write them. */
export type SeriesVisitor<Value> = (labelText: string, value: Value) => void;

const DEFAULT_MAX_SERIES = 200;

interface NumberCell {
  amount: number;
}

/** Base of the metrics that keep one value per label combination. */
abstract class LabelledMetric<Name extends string, Value> implements MetricFamily {
  readonly help: string;
  protected readonly series: SeriesSet<Value>;

  constructor(
    readonly name: string,
    { help, labels = [], maxSeries = DEFAULT_MAX_SERIES }: MetricOptions<Name>,
    create: () => Value,
  ) {
    this.help = help;
    this.series = new SeriesSet(labels, maxSeries, create);
    // A metric without labels exists at 0 from the start: an absent series cannot be alerted on.
    if (labels.length === 0) this.series.at({});
  }
}

const NO_LABELS = {};

function numbersOf(series: SeriesSet<NumberCell>): NumberSample[] {
  return series.all().map(({ labels, value }) => ({ labels, value: value.amount }));
}

function visitNumbers(series: SeriesSet<NumberCell>, visit: SeriesVisitor<number>): void {
  for (const { text, value } of series.all()) visit(text, value.amount);
}

/** A number that only grows. */
export class Counter<Name extends string = never> extends LabelledMetric<Name, NumberCell> {
  constructor(name: string, options: MetricOptions<Name>) {
    super(name, options, () => ({ amount: 0 }));
  }

  /** Adds `by` (>= 0) to the series of `labels`. */
  increment(labels: Labels<Name>, by = 1): void {
    this.series.at(labels).amount += by;
  }

  /** A function that adds to one fixed series: skips the look-up in hot paths. */
  bind(labels: Labels<Name>): (by?: number) => void {
    const cell = this.series.at(labels);
    return (by = 1) => {
      cell.amount += by;
    };
  }

  /** Present values. */
  samples(): NumberSample[] {
    return numbersOf(this.series);
  }

  /** The same without a list of it, for every scrape. */
  visit(visitor: SeriesVisitor<number>): void {
    visitNumbers(this.series, visitor);
  }
}

/** A number that goes up and down, set by its owner. */
export class Gauge<Name extends string = never> extends LabelledMetric<Name, NumberCell> {
  constructor(name: string, options: MetricOptions<Name>) {
    super(name, options, () => ({ amount: 0 }));
  }

  /** Replaces the value of the series of `labels`. */
  set(labels: Labels<Name>, value: number): void {
    this.series.at(labels).amount = value;
  }

  /** Present values. */
  samples(): NumberSample[] {
    return numbersOf(this.series);
  }

  /** The same without a list of it, for every scrape. */
  visit(visitor: SeriesVisitor<number>): void {
    visitNumbers(this.series, visitor);
  }
}

/** A gauge, or a counter kept elsewhere, whose values are read when somebody asks for them. */
export class ObservedMetric implements MetricFamily {
  readonly help: string;

  constructor(
    readonly name: string,
    { help }: Pick<MetricOptions<never>, 'help'>,
    private readonly read: () => number | readonly NumberSample[],
  ) {
    this.help = help;
  }

  /** Values of this moment; empty when the source failed, which must not hide the other metrics. */
  samples(): NumberSample[] {
    try {
      const values = this.read();
      return typeof values === 'number' ? [{ labels: NO_LABELS, value: values }] : [...values];
    } catch {
      return [];
    }
  }

  /** The same, one by one. */
  visit(visitor: SeriesVisitor<number>): void {
    for (const { labels, value } of this.samples()) visitor(labelText(labels), value);
  }
}

/** A distribution of durations or sizes. */
export class Distribution<Name extends string = never> extends LabelledMetric<Name, Histogram> {
  constructor(name: string, options: MetricOptions<Name>) {
    super(name, options, () => new Histogram());
  }

  /** Records one value, in the unit of the metric's name. */
  record(labels: Labels<Name>, value: number): void {
    this.series.at(labels).record(value);
  }

  /** The histogram of one fixed series: skips the look-up in hot paths. */
  bind(labels: Labels<Name>): Histogram {
    return this.series.at(labels);
  }

  /** Present histograms. */
  samples(): LabelledSeries<Histogram>[] {
    return this.series.all().map(({ labels, value }) => ({ labels, value }));
  }

  /** The same without a list of it, for every scrape. */
  visit(visitor: SeriesVisitor<Histogram>): void {
    for (const { text, value } of this.series.all()) visitor(text, value);
  }
}
