import { TailEstimate } from './tail-estimate.js';

/** Numbers evenly spread over (0, 1): quantiles of a law without chance. */
function grid(count: number): number[] {
  // A stride that shares no factor with the count visits every number once, in no order.
  return Array.from({ length: count }, (_, index) => (((index * 7_919) % count) + 0.5) / count);
}

function tailOf(quantile: (share: number) => number, count = 5_000): TailEstimate {
  const tail = new TailEstimate();
  for (const share of grid(count)) tail.add(quantile(share), 1e-9);
  return tail;
}

describe('TailEstimate', () => {
  it.each([
    ['light', (u: number) => -Math.log(1 - u)],
    ['heavy', (u: number) => (1 - u) ** -0.5 - 1],
  ])('tells how rare a value beyond all others is, of a %s tail', (_name, quantile) => {
    const tail = tailOf(quantile);

    for (const rarity of [2, 3, 4.5]) {
      expect(Math.abs(tail.surprise(quantile(1 - 10 ** -rarity)) - rarity)).toBeLessThan(0.2 * rarity);
    }
  });

  it('finds a value the more surprising the larger it is', () => {
    const tail = tailOf((u) => -Math.log(1 - u));
    const surprises = Array.from({ length: 400 }, (_, index) => tail.surprise(index / 10));

    expect(surprises).toEqual(surprises.toSorted((left, right) => left - right));
  });

  it('never calls rarer what it has seen often', () => {
    const tail = new TailEstimate();
    for (let index = 0; index < 5_000; index += 1) tail.add(index % 100 === 0 ? 50 : 0.01, 1e-9);

    expect(tail.surprise(50)).toBeLessThan(2.2);
  });

  it('knows the value that a share exceeds', () => {
    const tail = tailOf((u) => -Math.log(1 - u));

    expect(tail.exceededBy(0.5) / Math.LN2).toBeCloseTo(1, 0);
    expect(tail.exceededBy(0.001) / Math.log(1_000)).toBeCloseTo(1, 0);
  });

  it('is surprised by anything when it knows nothing but zeros', () => {
    const tail = tailOf(() => 0);

    expect(tail.surprise(0)).toBe(0);
    expect(tail.surprise(1_000)).toBeGreaterThan(4);
  });

  it('forgets: what was ordinary long ago is rare again', () => {
    const tail = tailOf((u) => -10 * Math.log(1 - u));
    const before = tail.surprise(30);
    for (const share of grid(40_000)) tail.add(-Math.log(1 - share), 1e-9);

    expect(tail.surprise(30)).toBeGreaterThan(before + 1);
  });
});
