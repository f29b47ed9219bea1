/**
 * The one bucket scheme of the project: process histograms, the rollup tables and the SQL function
 * `duration_bucket` all use it, so their counts can be added. Logarithmic buckets as in DDSketch
 * (Masson, Rim, Lee: "DDSketch", VLDB 2019): bucket i holds (GAMMA^(i-1), GAMMA^i], its
 * representative is off by at most RELATIVE_ERROR.
 */
export const RELATIVE_ERROR = 0.0095;

/** Ratio of neighbouring bucket edges. */
export const GAMMA = (1 + RELATIVE_ERROR) / (1 - RELATIVE_ERROR);

/** ln(GAMMA); the SQL function carries the same literal (a contract test compares them). */
export const LOG_GAMMA = Math.log(GAMMA);

/** Holds zero, which has no logarithm. Sorts below every other bucket. */
export const ZERO_BUCKET = -32768;

/** Smallest and largest indices: about 1e-270 and 1e270. The largest int2 is left to the byte form of sketches. */
const MIN_BUCKET = -32767;
const MAX_BUCKET = 32766;

/** Bucket of a finite value >= 0. */
export function bucketOf(value: number): number {
  if (value <= 0) return ZERO_BUCKET;
  return Math.min(MAX_BUCKET, Math.max(MIN_BUCKET, Math.ceil(Math.log(value) / LOG_GAMMA)));
}

/** The value that stands for a bucket: within RELATIVE_ERROR of everything in it. */
export function valueOf(bucket: number): number {
  if (bucket === ZERO_BUCKET) return 0;
  return (2 * GAMMA ** bucket) / (GAMMA + 1);
}

/** Inclusive upper edge of a bucket. */
export function upperEdgeOf(bucket: number): number {
  return bucket === ZERO_BUCKET ? 0 : GAMMA ** bucket;
}
