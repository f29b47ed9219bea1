import { bucketOf, RELATIVE_ERROR, upperEdgeOf, valueOf, ZERO_BUCKET } from './log-buckets.js';
import { QuantileSketch } from './quantile-sketch.js';

/** Deterministic values over many magnitudes, zeros among them. */
const VALUES = Array.from({ length: 5_000 }, (_, index) => {
  const fraction = ((index + 1) * 0.618033988749895) % 1;
  return index % 50 === 0 ? 0 : 10 ** (fraction * 14 - 4);
});
const RANKS = [0.001, 0.01, 0.5, 0.95, 0.99, 0.999, 1];

function sketchOf(values: readonly number[]): QuantileSketch {
  const sketch = new QuantileSketch();
  for (const value of values) sketch.add(bucketOf(value), 1);
  return sketch;
}

/** The bytes that SQL writes: a pair per value. */
function pairsOf(values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 6);
  values.forEach((value, index) => {
    bytes.writeInt16BE(bucketOf(value), index * 6);
    bytes.writeInt32BE(1, index * 6 + 2);
  });
  return bytes;
}

describe('QuantileSketch', () => {
  it('gives nearest-rank quantiles within the relative error', () => {
    const sorted = VALUES.toSorted((left, right) => left - right);

    const quantiles = sketchOf(VALUES).quantiles(RANKS);

    RANKS.forEach((rank, index) => {
      const exact = sorted[Math.ceil(rank * sorted.length) - 1] ?? NaN;
      expect(Math.abs((quantiles[index] ?? NaN) - exact)).toBeLessThanOrEqual(
        RELATIVE_ERROR * exact * (1 + 1e-9),
      );
    });
  });

  it('merges pairs and packed runs by concatenation, in any order', () => {
    const [left, right] = [VALUES.slice(0, 2_000), VALUES.slice(2_000)];
    const merged = new QuantileSketch();

    merged.addEncoded(Buffer.concat([pairsOf(right), sketchOf(left).encode()]));

    expect(merged.encode()).toEqual(sketchOf(VALUES).encode());
    expect(merged.count).toBe(VALUES.length);
  });

  it('keeps counts beyond 32 bits of varint', () => {
    const sketch = new QuantileSketch();
    sketch.add(100, 2 ** 40 + 3);
    const copy = new QuantileSketch();

    copy.addEncoded(sketch.encode());

    expect(copy.count).toBe(2 ** 40 + 3);
    expect(copy.quantiles([0.5])).toEqual([valueOf(100)]);
  });

  it.each([
    [[], [null, null]],
    [[7], [7, 7]],
    [
      [0, 0, 0],
      [0, 0],
    ],
    [
      [0, 5],
      [0, 5],
    ],
  ])('of %j has the median and maximum %j', (values, [median, maximum]) => {
    const [p50, p100] = sketchOf(values).quantiles([0.5, 1]);

    for (const [actual, wanted] of [
      [p50, median],
      [p100, maximum],
    ]) {
      if (typeof wanted !== 'number') expect(actual).toBe(wanted);
      else expect(Math.abs((actual ?? NaN) - wanted)).toBeLessThanOrEqual(wanted * RELATIVE_ERROR);
    }
  });

  it('does not skip a rank because a product is not exact in binary', () => {
    const values = Array.from({ length: 100 }, (_, index) => index + 1);

    const [p7] = sketchOf(values).quantiles([0.07]);

    expect(bucketOf(p7 ?? NaN)).toBe(bucketOf(7));
  });
});

describe('log buckets', () => {
  it.each([1e-300, 1e-9, 0.5, 1, 1.0000001, 45.868, 1e12, 1e300])(
    'put %d into a bucket whose edges hold it',
    (value) => {
      const bucket = bucketOf(value);

      if (value > 1e-250 && value < 1e250) {
        expect(value).toBeLessThanOrEqual(upperEdgeOf(bucket) * (1 + 1e-9));
        expect(value).toBeGreaterThan(upperEdgeOf(bucket - 1) * (1 - 1e-9));
      }
      expect(bucket).toBeGreaterThan(ZERO_BUCKET);
      expect(bucket).toBeLessThan(32_767);
    },
  );
});
