/** Of this many hits of the fast path one is looked at, on average. */
export const SAMPLE_EVERY = 256;

/**
 * Hits from one sample to the next. Never the same number: whoever reads 64 keys round and round would show one of
 * them alone.
 * @param fraction at random, 0 to 1
 */
export function gapToNext(fraction: number): number {
  return 1 + Math.floor(fraction * (2 * SAMPLE_EVERY - 1));
}
