import { Figures } from '../profile/figures.js';
import { Distribution } from './distribution.js';
import { mannWhitney, slowdownOf } from './slowdown.js';

/** Deterministic noise: log-normal durations around `median`. */
function calls(count: number, median: number, { spread = 0.4, seed = 1 } = {}): Distribution {
  const figures = new Figures();
  let state = seed;
  const uniform = (): number => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
  for (let call = 0; call < count; call += 1) {
    const normal = Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
    figures.record(median * Math.exp(spread * normal), 1);
  }
  return new Distribution().add(figures);
}

function of(...values: number[]): Distribution {
  const figures = new Figures();
  for (const value of values) figures.record(value, 1);
  return new Distribution().add(figures);
}

describe('mannWhitney', () => {
  it('gives the textbook values', () => {
    // Mann and Whitney by hand: of 25 pairs 20 wins; variance 5 * 5 * 11 / 12.
    const { superiority, z } = mannWhitney(of(3, 6, 7, 9, 10), of(1, 2, 4, 5, 8));

    expect(superiority).toBeCloseTo(20 / 25, 10);
    expect(z).toBeCloseTo((20 - 12.5) / Math.sqrt((5 * 5 * 11) / 12), 10);
  });

  it('counts ties half, and knows no difference where all are tied', () => {
    expect(mannWhitney(of(1, 1, 1), of(1, 1, 1))).toEqual({ superiority: 0.5, z: 0 });
  });
});

describe('slowdownOf', () => {
  it('flags calls that are all slower', () => {
    const found = slowdownOf(calls(200, 20), calls(5_000, 10, { seed: 7 }));

    expect(found).toMatchObject({ kind: 'typical', test: 'mann-whitney' });
    expect(found?.nowMs).toBeGreaterThan(18);
    expect(found?.beforeMs).toBeLessThan(11);
  });

  it('flags a tail that grew, though most calls are as they were', () => {
    const now = calls(900, 10);
    const slow = new Figures();
    for (let call = 0; call < 120; call += 1) slow.record(200 + call, 1);

    expect(slowdownOf(now.add(slow), calls(5_000, 10, { seed: 7 }))).toMatchObject({
      kind: 'tail',
      test: 'share-above-p95',
    });
  });

  it('is silent about calls of the same distribution, whatever the seed', () => {
    const flagged = Array.from({ length: 300 }, (_, seed) =>
      slowdownOf(calls(100, 10, { seed: seed * 7_919 + 1 }), calls(1_000, 10, { seed: seed * 104_729 + 3 })),
    ).filter((found) => found !== undefined);

    expect(flagged).toEqual([]);
  });

  it('is silent about one call that took a minute, which moves the mean', () => {
    const now = calls(100, 10).add(single(60_000));

    expect(now.meanMs).toBeGreaterThan(500);
    expect(slowdownOf(now, calls(5_000, 10, { seed: 7 }))).toBeUndefined();
  });

  it('is silent about few calls, small differences, and statements that became faster', () => {
    const before = calls(5_000, 10, { seed: 7 });

    expect(slowdownOf(calls(19, 100), before)).toBeUndefined();
    expect(slowdownOf(calls(5_000, 11), before)).toBeUndefined();
    expect(slowdownOf(calls(5_000, 0.2), calls(5_000, 0.1, { seed: 7 }))).toBeUndefined();
    expect(slowdownOf(calls(5_000, 5), before)).toBeUndefined();
  });

  it('is silent where hours differ as much by themselves', () => {
    const hours = [8, 12, 20, 9, 25].map((median, seed) => calls(1_000, median, { seed: seed + 11 }));
    const before = calls(5_000, 10, { seed: 7 });

    expect(slowdownOf(calls(500, 20), before)).toMatchObject({ kind: 'typical' });
    expect(slowdownOf(calls(500, 20), before, hours)).toBeUndefined();
    expect(slowdownOf(calls(500, 200), before, hours)).toMatchObject({ kind: 'typical' });
  });
});

function single(ms: number): Figures {
  const figures = new Figures();
  figures.record(ms, 1);
  return figures;
}
