import { REAL, violatedLaws } from '../../test/support/health-laws.js';
import { Random } from '../../test/support/random.js';
import type { BenchRow } from '../support/report.js';
import type { Scale } from './scale.js';

/** Random components with random readings: does the health score keep its laws? */
export function benchLaws({ cases }: Scale, seed: number): BenchRow[] {
  const random = new Random(seed);
  const startedAt = performance.now();
  const broken = new Set<string>();
  let violations = 0;
  for (let index = 0; index < cases; index += 1) {
    const laws = violatedLaws(REAL, random);
    violations += laws.length;
    for (const law of laws) broken.add(law);
  }
  return [
    {
      id: 'health-laws-violations',
      ratio: violations,
      against: `${cases} random components, seed ${seed}`,
      goal: 0,
      want: 'at most',
      figures: {
        seconds: Math.round((performance.now() - startedAt) / 1_000),
        broken: [...broken].join('; '),
      },
    },
  ];
}
