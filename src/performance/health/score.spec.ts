import { type Knots, type Reading, shareReading } from '../../platform/health/index.js';
import { Random } from '../../../test/support/random.js';
import { bandOf, steadyBandOf } from './band.js';
import { badness, type Judged, scoreComponent, scoreOverall } from './score.js';

const KNOTS: readonly Knots[] = [
  { good: 0.6, bad: 0.95, weight: 30, scale: 'linear' },
  { good: 200, bad: 4_000, weight: 30, scale: 'log' },
  { good: 0.9, bad: 0.4, weight: 20, scale: 'linear' },
  { good: 0, bad: 3, weight: 20, scale: 'linear' },
  { good: 0, bad: 1, weight: 0, scale: 'linear', isVital: true },
];
const CASES = 50_000;
const value = (at: number): Reading => ({ kind: 'value', value: at });
const judged = (readings: readonly Reading[]): Judged[] =>
  readings.map((reading, index) => ({
    name: `i${index}`,
    knots: KNOTS[index % KNOTS.length] ?? { good: 0, bad: 1, weight: 10, scale: 'linear' },
    reading,
  }));
const placeOf = (knots: Knots | undefined, share: number): number =>
  (knots?.good ?? 0) + ((knots?.bad ?? 1) - (knots?.good ?? 0)) * share;

describe('score of a component', () => {
  const random = new Random(7);
  const anyReading = (knots: Knots): Reading => {
    const kind = random.below(12);
    if (kind === 0) return { kind: 'no-data', reason: 'away' };
    if (kind === 1) return { kind: 'not-configured' };
    if (kind === 2) return { kind: 'insufficient' };
    if (kind === 3) return value([NaN, Infinity, -Infinity][random.below(3)] ?? NaN);
    return value(placeOf(knots, random.fraction() * 2 - 0.5));
  };
  const anyReadings = (): Reading[] => KNOTS.map((knots) => anyReading(knots));

  it('is within 0 and 100, and its deductions sum to what is missing', () => {
    const wrong = Array.from({ length: CASES }, anyReadings).filter((readings) => {
      const { score, deductions } = scoreComponent(judged(readings));
      const points = deductions.reduce((sum, deduction) => sum + deduction.points, 0);
      return !(score >= 0 && score <= 100 && Math.abs(100 - score - points) < 1e-9);
    });

    expect(wrong).toEqual([]);
  });

  it('never rises when a value becomes worse, and moves little when a value does', () => {
    const falls = Array.from({ length: CASES }, () => {
      const readings = anyReadings();
      const at = random.below(KNOTS.length);
      const place = random.fraction() * 1.4 - 0.2;
      const scoreAt = (share: number): number =>
        scoreComponent(judged(readings.with(at, value(placeOf(KNOTS[at], share))))).score;
      return scoreAt(place) - scoreAt(place + 1e-4);
    });

    expect(falls.filter((fall) => !(fall >= -1e-9 && fall < 2))).toEqual([]);
  });

  it.each([
    ['a pool that is used up', [value(1), value(10), value(1), value(0)], 40],
    ['nothing but good', [value(0), value(1), value(1), value(0)], 100],
    [
      'data that is missing',
      [{ kind: 'no-data', reason: 'away' } as const, value(1), value(1), value(0)],
      85,
    ],
    ['something vital that is away', [value(0), value(1), value(1), value(0), value(1)], 0],
    ['what is not there', [{ kind: 'not-configured' } as const, value(1), value(1), value(0)], 100],
  ])('of %s', (_, readings, score) => {
    expect(scoreComponent(judged(readings)).score).toBeCloseTo(score, 9);
  });

  it.each([
    ['pool utilisation', 0.8, KNOTS[0]],
    ['p95 of queries', 2_000, KNOTS[1]],
    ['cache hit ratio', 0.5, { good: 0.9, bad: 0.4, weight: 40, scale: 'linear' } as const],
    ['event-loop lag', 100, { good: 20, bad: 200, weight: 30, scale: 'log' } as const],
    ['memory', 0.85, { good: 0.7, bad: 0.95, weight: 30, scale: 'linear' } as const],
  ])('is below 90 where an alert for the %s fires', (_, at, knots) => {
    const indicator = {
      name: 'x',
      knots: knots ?? { good: 0, bad: 1, weight: 1, scale: 'linear' },
      reading: value(at),
    };

    expect(scoreComponent([indicator]).score).toBeLessThan(90);
  });
});

describe('overall score', () => {
  it('shows the worst component', () => {
    const components = [100, 100, 100, 0].map((score) => ({ score, weight: 25 }));

    expect(scoreOverall(components)).toBe(37.5);
    expect(scoreOverall([])).toBe(100);
  });
});

describe('readings', () => {
  it.each([
    [0, 0, { kind: 'insufficient' }],
    [0, 1, { kind: 'value', value: 18 / 21 }],
    [NaN, 3, { kind: 'no-data', reason: 'not a number' }],
  ])('of %d of %d cases are drawn towards good', (part, whole, reading) => {
    expect(shareReading(part, whole, 0.9)).toEqual(reading);
  });

  it.each([
    [894.4, 0.5],
    [0, 0],
    [1e9, 1],
  ])('of %d ms on a scale of ratios are bad by %d', (at, bad) => {
    expect(badness(at, { good: 200, bad: 4_000, weight: 30, scale: 'log' })).toBeCloseTo(bad, 3);
  });
});

describe('bands', () => {
  it.each([
    [90, 'excellent'],
    [89.99, 'good'],
    [70, 'good'],
    [50, 'degraded'],
    [49.9, 'critical'],
    [0, 'critical'],
  ])('of %d', (score, band) => expect(bandOf(score)).toBe(band));

  it.each([
    [89, 'excellent', 'excellent'],
    [87.9, 'excellent', 'good'],
    [91, 'good', 'good'],
    [92, 'good', 'excellent'],
    [10, 'excellent', 'critical'],
    [99, 'critical', 'excellent'],
  ] as const)('at %d do not leave %s too soon', (score, told, band) => {
    expect(steadyBandOf(score, told)).toBe(band);
  });
});
