/** Enough for the normal form of the Mann-Kendall test to hold. */
const LEAST_POINTS = 10;
/** Pairs are compared with each other: more points are thinned out. */
const MOST_POINTS = 200;
/** Two-sided: in 1 of 100 series without a trend one is seen. */
const SIGNIFICANT_Z = 2.576;

/** A point of a series: hours from any origin, and the value. */
export type Place = readonly [hours: number, value: number];

/** Where a series goes. */
export interface Trend {
  /** Median of the slopes between all pairs (Theil and Sen): outliers do not turn it. */
  readonly slopePerHour: number;
  /** Standard score of the Mann-Kendall test, with ties. */
  readonly z: number;
  readonly isSignificant: boolean;
  /** The value at the last point, on the line. */
  readonly level: number;
}

/** The trend of a series; undefined with too few points. H. B. Mann, 1945; P. K. Sen, 1968. */
export function trendOf(series: readonly Place[]): Trend | undefined {
  const points = thinned(series.filter(([, value]) => Number.isFinite(value)));
  if (points.length < LEAST_POINTS) return undefined;
  const { slopes, sign } = pairsOf(points);
  const slopePerHour = median(slopes);
  const residuals = points.map(([hours, value]) => value - slopePerHour * hours);
  // Neighbours that resemble each other say less than as many independent points would.
  const z = standardScore(sign, points) / Math.sqrt(inflation(residuals));
  const last = points.at(-1)?.[0] ?? 0;
  const level = median(points.map(([hours, value]) => value + slopePerHour * (last - hours)));
  return { slopePerHour, z, isSignificant: Math.abs(z) >= SIGNIFICANT_Z, level };
}

/** Hours until the line meets `limit`; null when it does not go there, or is there already. */
export function hoursTo(limit: number, { slopePerHour, level, isSignificant }: Trend): number | null {
  const hours = (limit - level) / slopePerHour;
  return isSignificant && Number.isFinite(hours) && hours > 0 ? hours : null;
}

/** Slopes between all pairs, and by how many more of them rise than fall. Plain numbers: there are 20,000 pairs. */
function pairsOf(points: readonly Place[]): { readonly slopes: Float64Array; readonly sign: number } {
  const hours = Float64Array.from(points, ([at]) => at);
  const values = Float64Array.from(points, ([, value]) => value);
  const slopes = new Float64Array((points.length * (points.length - 1)) / 2);
  let found = 0;
  let sign = 0;
  for (let later = 1; later < points.length; later += 1) {
    for (let earlier = 0; earlier < later; earlier += 1) {
      const rise = (values[later] ?? 0) - (values[earlier] ?? 0);
      const run = (hours[later] ?? 0) - (hours[earlier] ?? 0);
      sign += Math.sign(rise);
      if (run > 0) slopes[found++] = rise / run;
    }
  }
  return { slopes: slopes.subarray(0, found), sign };
}

function standardScore(sign: number, points: readonly Place[]): number {
  const count = points.length;
  const ties = new Map<number, number>();
  for (const [, value] of points) ties.set(value, (ties.get(value) ?? 0) + 1);
  const spread = (size: number): number => size * (size - 1) * (2 * size + 5);
  const tied = [...ties.values()].reduce((sum, size) => sum + spread(size), 0);
  const deviation = Math.sqrt((spread(count) - tied) / 18);
  return deviation === 0 ? 0 : (sign - Math.sign(sign)) / deviation;
}

/** How much the variance grows by what neighbours have in common, as in a first-order autoregression. */
function inflation(residuals: readonly number[]): number {
  const mean = residuals.reduce((sum, value) => sum + value, 0) / residuals.length;
  const away = residuals.map((value) => value - mean);
  const variance = away.reduce((sum, value) => sum + value * value, 0);
  if (variance === 0) return 1;
  const shared = away.slice(1).reduce((sum, value, index) => sum + value * (away[index] ?? 0), 0);
  const likeness = Math.min(0.95, Math.max(0, shared / variance));
  return (1 + likeness) / (1 - likeness);
}

/** Means of neighbours, so that the pairs stay few. */
function thinned(series: readonly Place[]): readonly Place[] {
  if (series.length <= MOST_POINTS) return series;
  const size = Math.ceil(series.length / MOST_POINTS);
  return Array.from({ length: Math.ceil(series.length / size) }, (_, index) => {
    const group = series.slice(index * size, (index + 1) * size);
    const mean = (of: (place: Place) => number): number =>
      group.reduce((sum, place) => sum + of(place), 0) / group.length;
    return [mean(([hours]) => hours), mean(([, value]) => value)];
  });
}

function median(values: ArrayLike<number>): number {
  if (values.length === 0) return 0;
  const sorted = Float64Array.from(values).sort();
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2;
}
