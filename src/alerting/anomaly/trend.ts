/** A straight line through points that are a step apart, with how sure it is. */
export interface Trend {
  /** Per step. */
  readonly slope: number;
  /** Standard error of the slope. */
  readonly slopeError: number;
  /** Of the line, at the last point. */
  readonly level: number;
  /** Typical distance of a point from the line. */
  readonly spread: number;
  /** In standard deviations of what chance gives where nothing goes on: above 4 it is no chance. */
  readonly significance: number;
}

/** A point, and how many steps after the first one it is. */
export interface TrendPoint {
  readonly step: number;
  readonly value: number;
}

const LEAST_POINTS = 12;
/** Of a normal law, the deviation is so many median deviations. */
const DEVIATION = 1.4826;
/** Errors that follow each other as closely as this are a walk: every line through it is chance. */
const MOST_ALIKE = 0.95;
/** No walk comes as near to a line: errors within this share of its rise are its rounding, alike or not. */
const EXACT = 0.01;

/**
 * Median of the slopes of all pairs (Theil and Sen): a third of the points may be anything. Its significance is Mann
 * and Kendall's, with the points counted for as many as they are worth when their errors follow each other.
 * Undefined with fewer than 12 points.
 */
export function trendOf(points: readonly TrendPoint[]): Trend | undefined {
  const last = points.at(-1);
  if (last === undefined || points.length < LEAST_POINTS) return undefined;
  const { slopes, rises } = pairsOf(points);
  const slope = median(slopes);
  const level = median(points.map(({ step, value }) => value + slope * (last.step - step)));
  const errors = points.map(({ step, value }) => value - level + slope * (last.step - step));
  const spread = DEVIATION * median(errors.map(Math.abs));
  const count = points.length;
  const span = Math.max(1, last.step - (points[0]?.step ?? 0));
  const worth = spread <= EXACT * Math.abs(slope) * span ? 1 : worthOf(errors);
  const variance = (count * (count - 1) * (2 * count + 5)) / 18 / worth;
  const significance = Math.abs(rises) / Math.sqrt(variance);
  const slopeError = (spread * Math.sqrt(12)) / (Math.sqrt(count * worth) * span);
  return { slope, slopeError, level, spread, significance };
}

/** The middle of some numbers; 0 of none. */
export function median(numbers: readonly number[]): number {
  const sorted = Float64Array.from(numbers).sort();
  const half = sorted.length >> 1;
  const upper = sorted[half] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? 0) + upper) / 2;
}

function pairsOf(points: readonly TrendPoint[]): { slopes: number[]; rises: number } {
  const slopes: number[] = [];
  let rises = 0;
  for (const [index, later] of points.entries()) {
    for (let before = 0; before < index; before += 1) {
      const earlier = points[before] ?? later;
      slopes.push((later.value - earlier.value) / (later.step - earlier.step));
      rises += Math.sign(later.value - earlier.value);
    }
  }
  return { slopes, rises };
}

/** Share of the points that is independent: less when one error tells the next. */
function worthOf(errors: readonly number[]): number {
  let [products, squares] = [0, 0];
  errors.forEach((error, index) => {
    squares += error * error;
    if (index > 0) products += error * (errors[index - 1] ?? 0);
  });
  const alike = squares > 0 ? Math.min(MOST_ALIKE, Math.max(0, products / squares)) : 0;
  return (1 - alike) / (1 + alike);
}
