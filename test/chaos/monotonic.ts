/**
 * The one time base of a run: CLOCK_MONOTONIC, in ms since the machine started. `process.hrtime` reads it, and on
 * Linux it is the same for all processes, so that what happens in one can be ordered against what happens in
 * another. (`performance.now` counts from the start of its process.)
 */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
