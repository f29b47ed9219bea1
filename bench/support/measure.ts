/** Middle of the values: one slow run of a noisy machine does not move it. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}

/** Milliseconds that `work` takes. */
export async function timeOnce(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

/** Median milliseconds of `runs` calls, after `warmUps` that do not count. */
export async function timeMedian(work: () => Promise<unknown>, runs: number, warmUps = 1): Promise<number> {
  for (let run = 0; run < warmUps; run += 1) await work();
  const times: number[] = [];
  for (let run = 0; run < runs; run += 1) times.push(await timeOnce(work));
  return median(times);
}

/** Nearest rank of the values: `share` of them are not above it. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? NaN;
}
