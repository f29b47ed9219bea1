import type { Random } from '../../test/support/random.js';

/** Mean 0, deviation 1. */
export function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random.fraction())) * Math.cos(2 * Math.PI * random.fraction());
}

/** Far more large values than a normal law has. */
export function heavyTailed(random: Random): number {
  return (0.8 * normal(random)) / Math.sqrt(Math.max(0.05, -Math.log(1 - random.fraction())));
}

/** How many of what happens `mean` times on average. */
export function poisson(mean: number, random: Random): number {
  if (mean > 200) return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal(random)));
  let [count, left] = [0, Math.exp(mean) * random.fraction()];
  for (let weight = 1; left > weight && count < 400; count += 1) {
    left -= weight;
    weight *= mean / (count + 1);
  }
  return count;
}
