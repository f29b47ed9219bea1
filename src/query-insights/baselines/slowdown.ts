import { bucketOf } from '../../kernel/log-buckets.js';
import type { Distribution } from './distribution.js';

/** Fewer calls tell nothing. */
export const LEAST_CALLS = 20;
const LEAST_BASELINE_CALLS = 50;
const LEAST_HOURS = 3;

/** Beyond this many standard deviations chance is out of the question, even for thousands of statements a day. */
const SIGNIFICANT_Z = 5;
/** In how many of 100 pairs of calls the later one must have been the slower one. */
const LEAST_SUPERIORITY = 0.65;
const LEAST_TYPICAL_RATIO = 1.3;
const LEAST_TAIL_RATIO = 1.5;
/** Smaller differences hurt nobody. */
const LEAST_DIFFERENCE_MS = 0.5;
/** Scales a median absolute deviation to a standard deviation. */
const MAD_SCALE = 1.4826;
const MOST_DEVIATIONS = 3;

/** How much slower statements have become, and how it was told from chance. */
export interface Slowdown {
  /** typical: most calls are slower; tail: the slowest ones are, or there are more of them. */
  readonly kind: 'typical' | 'tail';
  readonly test: 'mann-whitney' | 'share-above-p95';
  /** Standard deviations between what was seen and what chance would give. */
  readonly z: number;
  /** mann-whitney: of pairs of a call now and one before, in which the one now took longer. share-above-p95: of calls now, those slower than the p95 before. */
  readonly share: number;
  /** Median for typical, p95 for tail. */
  readonly beforeMs: number;
  readonly nowMs: number;
}

/**
 * Whether `now` is slower than `before`, by rank tests: durations are skewed, and one slow call must not move a verdict
 * as it moves a mean. A difference must be significant, large, and beyond what hours differ by anyway.
 */
export function slowdownOf(
  now: Distribution,
  before: Distribution,
  hours: readonly Distribution[] = [],
): Slowdown | undefined {
  if (now.calls < LEAST_CALLS || before.calls < LEAST_BASELINE_CALLS) return undefined;
  return [typicalSlowdown(now, before), tailSlowdown(now, before)].find(
    (found) => found !== undefined && isUnusual(found, hours),
  );
}

function typicalSlowdown(now: Distribution, before: Distribution): Slowdown | undefined {
  const { superiority, z } = mannWhitney(now, before);
  const [beforeMs, nowMs] = [before.quantile(0.5), now.quantile(0.5)];
  const isSlower =
    z >= SIGNIFICANT_Z && superiority >= LEAST_SUPERIORITY && isLarger(nowMs, beforeMs, LEAST_TYPICAL_RATIO);
  if (!isSlower) return undefined;
  return { kind: 'typical', test: 'mann-whitney', z, share: superiority, beforeMs, nowMs };
}

function tailSlowdown(now: Distribution, before: Distribution): Slowdown | undefined {
  const [beforeMs, nowMs] = [before.quantile(0.95), now.quantile(0.95)];
  const edge = bucketOf(beforeMs);
  const [above, aboveBefore] = [countAbove(now, edge), countAbove(before, edge)];
  const z = differenceOfShares([above, now.calls], [aboveBefore, before.calls]);
  if (z < SIGNIFICANT_Z || !isLarger(nowMs, beforeMs, LEAST_TAIL_RATIO)) return undefined;
  return { kind: 'tail', test: 'share-above-p95', z, share: above / now.calls, beforeMs, nowMs };
}

function isLarger(nowMs: number, beforeMs: number, leastRatio: number): boolean {
  return nowMs >= beforeMs * leastRatio && nowMs - beforeMs >= LEAST_DIFFERENCE_MS;
}

/** Hours differ by themselves: of few nothing is known, and beyond three deviations of their median nothing is usual. */
function isUnusual({ kind, nowMs }: Slowdown, hours: readonly Distribution[]): boolean {
  const known = hours.filter(({ calls }) => calls >= LEAST_CALLS);
  if (known.length < LEAST_HOURS) return true;
  const values = known.map((hour) => hour.quantile(kind === 'typical' ? 0.5 : 0.95));
  const middle = medianOf(values);
  const deviation = MAD_SCALE * medianOf(values.map((value) => Math.abs(value - middle)));
  return nowMs > middle + MOST_DEVIATIONS * deviation;
}

/**
 * Probability that a call of `now` took longer than one of `before` (ties count half), and its distance from 1/2 in
 * standard deviations, corrected for ties: all calls of one bucket are tied.
 */
export function mannWhitney(now: Distribution, before: Distribution): { superiority: number; z: number } {
  const [n, m] = [now.calls, before.calls];
  const total = n + m;
  let wins = 0;
  let below = 0;
  let ties = 0;
  for (const [countNow, countBefore] of inStep(now, before)) {
    wins += countNow * (below + countBefore / 2);
    below += countBefore;
    const tied = countNow + countBefore;
    ties += tied * (tied * tied - 1);
  }
  const variance = ((n * m) / 12) * (total + 1 - ties / (total * (total - 1)));
  const z = variance > 0 ? (wins - (n * m) / 2) / Math.sqrt(variance) : 0;
  return { superiority: wins / (n * m), z };
}

/** Counts of both by bucket, ascending. */
function inStep(now: Distribution, before: Distribution): [countNow: number, countBefore: number][] {
  const counts = new Map<number, [number, number]>();
  for (const [bucket, count] of now.buckets()) counts.set(bucket, [count, 0]);
  for (const [bucket, count] of before.buckets()) counts.set(bucket, [counts.get(bucket)?.[0] ?? 0, count]);
  return [...counts].sort(([a], [b]) => a - b).map(([, both]) => both);
}

function countAbove(distribution: Distribution, edge: number): number {
  let above = 0;
  for (const [bucket, count] of distribution.buckets()) if (bucket > edge) above += count;
  return above;
}

/** How many standard deviations the first share is above the second. */
function differenceOfShares(
  [hits, calls]: readonly [number, number],
  [hitsBefore, callsBefore]: readonly [number, number],
): number {
  // One more hit before than there was: a share of 0 would make any other infinitely significant.
  const pooled = (hits + hitsBefore + 1) / (calls + callsBefore + 1);
  const deviation = Math.sqrt(pooled * (1 - pooled) * (1 / calls + 1 / callsBefore));
  return deviation === 0 ? 0 : (hits / calls - hitsBefore / callsBefore) / deviation;
}

function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
