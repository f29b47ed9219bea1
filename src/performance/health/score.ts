import type { Knots, Reading } from '../../platform/health/index.js';

/** What a missing value counts as: neither good nor bad. */
const UNKNOWN_BADNESS = 0.5;
/** From here on one bad value alone holds the component down, however good the others are. */
const CAP_FROM = 0.5;
const CAP_POINTS = 60;
/** Without something vital nothing else counts. */
const VITAL_CAP_POINTS = 100;

/** An indicator's reading, with what it is judged by. */
export interface Judged {
  readonly name: string;
  readonly knots: Knots;
  readonly reading: Reading;
}

/** Points taken off, and why. */
export interface Deduction {
  readonly indicator: string;
  /** Null: there was no data. */
  readonly value: number | null;
  /** 0 to 1. */
  readonly badness: number;
  readonly points: number;
  /** Of these points: because one saturated resource is not averaged away. */
  readonly capPoints: number;
  readonly knots: Knots;
}

/** A component from 0 to 100. The deductions sum to 100 - score. */
export interface ComponentScore {
  readonly score: number;
  readonly deductions: readonly Deduction[];
}

/** Judges the indicators of a component. Monotone in every value, and without jumps. */
export function scoreComponent(indicators: readonly Judged[]): ComponentScore {
  const judged = indicators.map((indicator) => judgeOne(indicator)).filter((found) => found !== undefined);
  const weight = judged.reduce((sum, { knots }) => sum + knots.weight, 0);
  // Weights are points of 100; a component whose weights exceed that is scaled down.
  const scale = weight > 100 ? 100 / weight : 1;
  const weighed = judged.map((deduction) => ({ ...deduction, points: deduction.points * scale }));
  const plain = 100 - weighed.reduce((sum, { points }) => sum + points, 0);
  const caps = judged.map((deduction) => capOf(deduction));
  const cap = Math.min(100, ...caps);
  const score = Math.max(0, Math.min(plain, cap));
  return { score, deductions: withCap(weighed, plain - score, caps.indexOf(cap)) };
}

/** Half the weighted mean, half the worst component: a broken part is seen in the whole. 100 without any. */
export function scoreOverall(
  components: readonly { readonly score: number; readonly weight: number }[],
): number {
  const weight = components.reduce((sum, component) => sum + component.weight, 0);
  if (weight <= 0) return 100;
  const mean = components.reduce((sum, component) => sum + component.score * component.weight, 0) / weight;
  return (mean + Math.min(...components.map(({ score }) => score))) / 2;
}

/** One indicator by itself; undefined when there is nothing to judge. */
export function judgeOne({ name, knots, reading }: Judged): Deduction | undefined {
  if (reading.kind === 'not-configured' || reading.kind === 'insufficient') return undefined;
  const value = reading.kind === 'value' && Number.isFinite(reading.value) ? reading.value : null;
  const bad = value === null ? UNKNOWN_BADNESS : badness(value, knots);
  return { indicator: name, value, badness: bad, points: knots.weight * bad, capPoints: 0, knots };
}

function capOf({ badness: bad, knots }: Deduction): number {
  const points = knots.isVital === true ? VITAL_CAP_POINTS : CAP_POINTS;
  return 100 - points * Math.max(0, (bad - CAP_FROM) / (1 - CAP_FROM));
}

/** What the cap took beyond the weights is the worst indicator's. */
function withCap(deductions: readonly Deduction[], capPoints: number, worst: number): Deduction[] {
  return deductions
    .map((deduction, index) =>
      index === worst && capPoints > 0
        ? { ...deduction, points: deduction.points + capPoints, capPoints }
        : deduction,
    )
    .filter(({ points }) => points > 0);
}

/** 0 at `good` and before, 1 at `bad` and beyond, and no jumps between. */
export function badness(value: number, { good, bad, scale }: Knots): number {
  const place = scale === 'log' ? Math.log(Math.max(value, Number.MIN_VALUE)) : value;
  const [from, to] = scale === 'log' ? [Math.log(good), Math.log(bad)] : [good, bad];
  return Math.min(1, Math.max(0, (place - from) / (to - from)));
}
