import { Random } from '../../../test/support/random.js';
import { hoursTo, type Place, trendOf } from './trend.js';

const line = (slope: number, noise: () => number, count = 120): Place[] =>
  Array.from({ length: count }, (_, index) => [index / 60, 50 + (slope * index) / 60 + noise()] as const);

describe('trendOf', () => {
  const random = new Random(3);
  const noise = (): number => (random.fraction() + random.fraction() - 1) * 4;

  it('finds a slope in noise, and outliers do not turn it', () => {
    const series = line(5, noise).map(([hours, value], index): Place => [
      hours,
      index % 29 === 0 ? 900 : value,
    ]);

    const trend = trendOf(series);

    expect(trend).toMatchObject({ isSignificant: true });
    expect(trend?.slopePerHour).toBeGreaterThan(3);
    expect(trend?.slopePerHour).toBeLessThan(7);
  });

  it('sees a trend where there is none in about 1 of 100 series', () => {
    const seen = Array.from({ length: 400 }, () => trendOf(line(0, noise))).filter(
      (trend) => trend?.isSignificant === true,
    );

    expect(seen.length).toBeLessThanOrEqual(10);
  });

  it('is not misled by a series that wanders', () => {
    const wandering = Array.from({ length: 100 }, () => {
      let at = 0;
      return line(0, () => (at = at * 0.8 + noise()));
    });

    const seen = wandering.filter((series) => trendOf(series)?.isSignificant === true);

    expect(seen.length).toBeLessThanOrEqual(8);
  });

  it.each([
    ['too few points', line(5, () => 0, 9)],
    ['nothing that is a number', line(5, () => NaN)],
  ])('says nothing about %s', (_, series) => expect(trendOf(series)).toBeUndefined());

  it('calls a constant no trend', () => {
    expect(trendOf(line(0, () => 0))).toMatchObject({ slopePerHour: 0, isSignificant: false });
  });

  it('thins out long series, and keeps their line', () => {
    expect(trendOf(line(5, () => 0, 3_000))?.slopePerHour).toBeCloseTo(5, 6);
  });
});

describe('hoursTo', () => {
  const rising = { slopePerHour: 10, z: 5, isSignificant: true, level: 70 };

  it.each([
    [100, rising, 3],
    [60, rising, null],
    [60, { ...rising, slopePerHour: -5 }, 2],
    [100, { ...rising, isSignificant: false }, null],
    [100, { ...rising, slopePerHour: 0 }, null],
  ])('%d along %o', (limit, trend, hours) => expect(hoursTo(limit, trend)).toBe(hours));
});
