import { QuantileSketch } from '../../kernel/quantile-sketch.js';

/** What of the events is measured. */
export type MeasuredQuantity = 'durationMs' | 'items' | 'successRatio';

/** How the events of a window become one number. */
export type WindowAggregation = 'mean' | 'min' | 'max' | 'sum' | 'count' | 'last' | 'p50' | 'p95' | 'p99';

/** What is asked of the events of some series in a window that ends now, or a while ago. */
export interface MeasurementRequest {
  readonly tenantId: string;
  /** null: any. */
  readonly scraperSource: string | null;
  /** null: any. */
  readonly metricType: string | null;
  readonly measure: MeasuredQuantity;
  readonly aggregation: WindowAggregation;
  readonly windowMs: number;
  /** The window ends so long before the instant that is asked about. */
  readonly delayMs: number;
}

/** The number of one series. */
export interface MeasuredSeries {
  readonly scraperSource: string;
  readonly metricType: string;
  /** Null when nothing was measured in the window. A count and a sum are 0 then. */
  readonly value: number | null;
}

/** The answer to one request. */
export interface Measurement {
  /** Those without events in the last week are left out, unless the request names source and type. */
  readonly series: readonly MeasuredSeries[];
  /** More than MOST_SERIES match: the oldest were measured; or too many with the other requests of the tenant: none was. */
  readonly isCut: boolean;
}

/** Columns that a statement reads on demand. */
export type Need =
  | 'successes'
  | 'durationSum'
  | 'durationEnds'
  | 'durationRanks'
  | 'lastDuration'
  | 'items'
  | 'itemEnds'
  | 'itemRanks'
  | 'lastItems'
  | 'lastSuccess';

/** What a statement gives of one series and window; only what was needed is there. */
export interface WindowCell {
  readonly events: number;
  readonly successes?: number;
  readonly durations?: number;
  readonly sumMs?: number | null;
  readonly minMs?: number | null;
  readonly maxMs?: number | null;
  readonly items?: number | null;
  readonly minItems?: number | null;
  readonly maxItems?: number | null;
  readonly lastDuration?: number | null;
  readonly lastItems?: number | null;
  readonly lastSuccess?: number | null;
  /** p50, p95 and p99. */
  readonly durationRanks?: readonly number[] | null;
  readonly itemRanks?: readonly number[] | null;
  /** Instead of durationRanks, of windows that are read from rollups. */
  readonly sketch?: Buffer | null;
}

const RANKS = { p50: 0.5, p95: 0.95, p99: 0.99 } as const;
/** In the order of the ranks that statements give. */
const RANK_NAMES: readonly WindowAggregation[] = ['p50', 'p95', 'p99'];

const DURATION_NEEDS: Readonly<Record<WindowAggregation, Need | undefined>> = {
  count: undefined,
  mean: 'durationSum',
  sum: 'durationSum',
  min: 'durationEnds',
  max: 'durationEnds',
  last: 'lastDuration',
  p50: 'durationRanks',
  p95: 'durationRanks',
  p99: 'durationRanks',
};

const ITEM_NEEDS: typeof DURATION_NEEDS = {
  count: undefined,
  mean: 'items',
  sum: 'items',
  min: 'itemEnds',
  max: 'itemEnds',
  last: 'lastItems',
  p50: 'itemRanks',
  p95: 'itemRanks',
  p99: 'itemRanks',
};

/** What has to be read for a request, besides the number of events. */
export function needOf({
  measure,
  aggregation,
}: Pick<MeasurementRequest, 'measure' | 'aggregation'>): Need | undefined {
  if (measure === 'durationMs') return DURATION_NEEDS[aggregation];
  if (measure === 'items') return ITEM_NEEDS[aggregation];
  if (aggregation === 'count') return undefined;
  return aggregation === 'last' ? 'lastSuccess' : 'successes';
}

type Read = (cell: WindowCell) => number | null;

const DURATIONS: Readonly<Record<WindowAggregation, Read>> = {
  count: ({ events }) => events,
  mean: ({ sumMs, durations }) => ratio(sumMs ?? 0, durations ?? 0),
  min: ({ minMs }) => minMs ?? null,
  max: ({ maxMs }) => maxMs ?? null,
  sum: ({ sumMs }) => sumMs ?? 0,
  last: ({ lastDuration }) => lastDuration ?? null,
  p50: (cell) => ranked(cell, 'p50'),
  p95: (cell) => ranked(cell, 'p95'),
  p99: (cell) => ranked(cell, 'p99'),
};

const ITEMS: Readonly<Record<WindowAggregation, Read>> = {
  count: ({ events }) => events,
  // Per event, whether it says how many items it has or not: rollups do not know.
  mean: ({ items, events }) => ratio(items ?? 0, events),
  min: ({ minItems }) => minItems ?? null,
  max: ({ maxItems }) => maxItems ?? null,
  sum: ({ items }) => items ?? 0,
  last: ({ lastItems }) => lastItems ?? null,
  p50: ({ itemRanks }) => itemRanks?.[0] ?? null,
  p95: ({ itemRanks }) => itemRanks?.[1] ?? null,
  p99: ({ itemRanks }) => itemRanks?.[2] ?? null,
};

/** The number that a request asks for; null when nothing was measured. */
export function valueOf(
  cell: WindowCell,
  { measure, aggregation }: Pick<MeasurementRequest, 'measure' | 'aggregation'>,
): number | null {
  if (measure === 'durationMs') return DURATIONS[aggregation](cell);
  if (measure === 'items') return ITEMS[aggregation](cell);
  // Of a ratio there is but the mean, and the latest event.
  if (aggregation === 'count') return cell.events;
  return aggregation === 'last' ? (cell.lastSuccess ?? null) : ratio(cell.successes ?? 0, cell.events);
}

function ranked(
  { sketch, durationRanks, minMs, maxMs }: WindowCell,
  name: keyof typeof RANKS,
): number | null {
  if (sketch === undefined || sketch === null) return durationRanks?.[RANK_NAMES.indexOf(name)] ?? null;
  const merged = new QuantileSketch();
  merged.addEncoded(sketch);
  const [value = null] = merged.quantiles([RANKS[name]]);
  // A bucket's representative may lie just outside of what was measured.
  return value === null ? null : Math.min(maxMs ?? value, Math.max(minMs ?? value, value));
}

function ratio(part: number, whole: number): number | null {
  return whole > 0 ? part / whole : null;
}
