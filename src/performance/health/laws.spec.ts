import { REAL, type Scorer, violatedLaws } from '../../../test/support/health-laws.js';
import { Random } from '../../../test/support/random.js';

const CASES = 2_000;

function violatedBy(scorer: Scorer): string[] {
  const random = new Random(11);
  return [...new Set(Array.from({ length: CASES }, () => violatedLaws(scorer, random)).flat())];
}

describe('laws of the health score', () => {
  it('hold for any indicators and any values', () => {
    expect(violatedBy(REAL)).toEqual([]);
  });

  it.each<[string, Partial<Scorer>, string]>([
    [
      'a score that is averaged away',
      { component: (all) => ({ ...REAL.component(all), score: 50 + REAL.component(all).score / 2 }) },
      'one that is used up is seen',
    ],
    [
      'a score in steps',
      { component: (all) => ({ ...REAL.component(all), score: Math.round(REAL.component(all).score) }) },
      'continuous',
    ],
    [
      'missing data that counts as good',
      {
        component: (all) =>
          REAL.component(all.filter(({ reading }) => reading.kind !== 'no-data').slice(0, 1)),
      },
      'the order does not count',
    ],
    ['a whole that is a mean of squares', { overall: () => 101 }, 'the whole is within its parts'],
  ])('notice %s (control)', (_, broken, law) => {
    expect(violatedBy({ ...REAL, ...broken })).toContain(law);
  });
});
