import { Histogram } from './histogram.js';
import { bucketOf, RELATIVE_ERROR, upperEdgeOf } from './log-buckets.js';

/** A fixed pseudo-random sequence in [0, 1): the same on every run. */
function* sequence(seed: number): Generator<number> {
  for (let state = seed; ;) {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    yield state / 2_147_483_648;
  }
}

function take(count: number, seed: number): number[] {
  const source = sequence(seed);
  return Array.from({ length: count }, () => Number(source.next().value) ** 3 * 10);
}

function recorded(values: readonly number[]): Histogram {
  const histogram = new Histogram();
  for (const value of values) histogram.record(value);
  return histogram;
}

describe('Histogram', () => {
  it('answers nulls while it is empty', () => {
    const histogram = new Histogram();

    expect(histogram.quantiles([0.5, 1])).toEqual([null, null]);
    expect([histogram.count, histogram.sum, histogram.min, histogram.max]).toEqual([0, 0, null, null]);
  });

  it('keeps nearest-rank quantiles within the relative error', () => {
    const values = take(10_000, 7);
    const sorted = values.toSorted((left, right) => left - right);
    const ranks = [0.01, 0.5, 0.95, 0.99, 1];

    const quantiles = recorded(values).quantiles(ranks);

    ranks.forEach((rank, index) => {
      const exact = sorted[Math.ceil(rank * sorted.length) - 1] ?? NaN;
      expect(Math.abs((quantiles[index] ?? NaN) / exact - 1)).toBeLessThanOrEqual(RELATIVE_ERROR + 1e-9);
    });
  });

  it('keeps count, sum, minimum and maximum exactly', () => {
    const histogram = recorded([4, 0.25, 3, 0]);

    expect([histogram.count, histogram.sum, histogram.min, histogram.max]).toEqual([4, 7.25, 0, 4]);
  });

  it('puts every value into the bucket of its logarithm, next to edges as well', () => {
    const anywhere = take(3_000, 3).map((share) => 10 ** (share * 2.3 - 8.5));
    const atEdges = Array.from({ length: 200 }, (_, index) => upperEdgeOf(index * 10 - 700)).flatMap((edge) =>
      [-1e-6, -1e-9, -1e-14, 0, 1e-14, 1e-9, 1e-6].map((off) => edge * (1 + off)),
    );

    const wrong = [...anywhere, ...atEdges].filter((value) => {
      const histogram = recorded([1e-9, value]);
      histogram.merge(recorded([1e15]));
      histogram.record(value);
      return new Map(histogram.buckets()).get(bucketOf(value)) !== 2;
    });

    expect(wrong).toEqual([]);
  });

  it('equals a single histogram over both inputs after a merge', () => {
    const [left, right] = [take(500, 1), take(500, 2).map((value) => value * 1e-6)];
    const merged = recorded(left);

    merged.merge(recorded(right));

    const whole = recorded([...left, ...right]);
    expect([...merged.buckets()]).toEqual([...whole.buckets()]);
    expect(merged.quantiles([0.5, 0.99])).toEqual(whole.quantiles([0.5, 0.99]));
  });

  it('counts negative values as zero and ignores values that are not finite', () => {
    const histogram = recorded([-1, NaN, Infinity, -Infinity]);

    expect([histogram.count, histogram.sum, histogram.max]).toEqual([1, 0, 0]);
  });

  it('stays below 24 kB when values span every magnitude', () => {
    const histogram = recorded([5e-324, 1e-30, 1, 1e30, Number.MAX_VALUE]);

    expect(histogram.count).toBe(5);
    expect([...histogram.buckets()].length).toBeLessThanOrEqual(3_000);
  });

  it('counts cumulatively up to bucket edges', () => {
    const histogram = recorded([0, 1, 10, 10, 100]);

    expect(histogram.cumulativeCounts([bucketOf(0.5), bucketOf(1), bucketOf(10), bucketOf(1e6)])).toEqual([
      1, 2, 4, 5,
    ]);
  });
});
