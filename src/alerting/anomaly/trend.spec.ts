import { Random } from '../../../test/support/random.js';
import { trendOf } from './trend.js';

const pointsOf = (values: readonly number[]) => values.map((value, step) => ({ step, value }));

describe('trendOf', () => {
  it.each([
    ['arithmetic', (minute: number) => (minute - 3.283) / 60 + 0.1],
    ['whole milliseconds', (minute: number) => Math.round(0.97 * minute)],
  ])('takes a line for one whose errors are of %s only, although they are alike', (_, at) => {
    const mean = (step: number): number =>
      [0, 1, 2, 3, 4].map((minute) => at(5 * step + minute)).reduce((sum, value) => sum + value) / 5;

    const trend = trendOf(pointsOf(Array.from({ length: 72 }, (_each, step) => mean(step))));

    expect(trend?.significance).toBeGreaterThan(10);
  });

  it.each([12, 24, 72])('does not take walks of %i steps for lines', (length) => {
    const significant = Array.from({ length: 300 }, (_, seed) => {
      const random = new Random(seed);
      let value = 0;
      const walk = Array.from({ length }, () => (value += 2 * random.fraction() - 1));
      return trendOf(pointsOf(walk))?.significance ?? NaN;
    }).filter((significance) => significance > 4);

    expect(significant.length).toBeLessThanOrEqual(9);
  });
});
