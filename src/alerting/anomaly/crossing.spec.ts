import { Random } from '../../../test/support/random.js';
import { type CrossingQuestion, predictCrossing } from './crossing.js';

const STEP_MS = 300_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const NOW = Date.UTC(2026, 5, 30, 6);

/** What is asked of a course of values at NOW: 72 steps, and hours of the days before. */
function ask(
  course: (at: number) => number,
  question: Partial<CrossingQuestion> & { days?: number } = {},
): number | undefined {
  const { days = 0, ...rest } = question;
  const span = (count: number, stepMs: number) =>
    Array.from({ length: count }, (_, index) => {
      const at = NOW - (count - index) * stepMs;
      return { at, value: course(at + stepMs / 2) };
    });
  return predictCrossing({
    now: NOW,
    stepMs: STEP_MS,
    recent: span(72, STEP_MS),
    hours: span(days * 24, HOUR_MS),
    operator: '>',
    threshold: 100,
    ...rest,
  });
}

/** Between -1 and 1. */
function noise(seed: number): () => number {
  const random = new Random(seed);
  return () => 2 * random.fraction() - 1;
}

const hoursFromNow = (at: number): number => (at - NOW) / HOUR_MS;
const wave = (at: number): number => Math.sin((2 * Math.PI * at) / DAY_MS);

describe('predictCrossing', () => {
  it('tells when a steady rise arrives', () => {
    const draw = noise(1);

    const at = ask((instant) => 85 + 10 * hoursFromNow(instant) + draw());

    expect(Math.abs(hoursFromNow(at ?? NaN) - 1.5)).toBeLessThan(0.3);
  });

  it('tells when a steady fall arrives below a level', () => {
    const at = ask((instant) => 20 - 10 * hoursFromNow(instant), { operator: '<', threshold: 10 });

    expect(hoursFromNow(at ?? NaN)).toBeCloseTo(1, 0);
  });

  it('is not moved by outliers', () => {
    const draw = noise(2);
    const odd = (instant: number): number => (Math.round(instant / STEP_MS) % 9 === 0 ? 400 * draw() : 0);

    const at = ask((instant) => 85 + 10 * hoursFromNow(instant) + draw() + odd(instant));

    expect(Math.abs(hoursFromNow(at ?? NaN) - 1.5)).toBeLessThan(0.4);
  });

  it('says nothing of noise, whatever it looks like at the end', () => {
    const calls = Array.from({ length: 200 }, (_, seed) => {
      const draw = noise(seed + 10);
      return ask(() => 95 + 4.9 * draw());
    });

    expect(calls.filter((at) => at !== undefined)).toHaveLength(0);
  });

  it('says nothing of a walk', () => {
    const calls = Array.from({ length: 200 }, (_, seed) => {
      const draw = noise(seed + 300);
      let value = 90;
      return ask(() => (value = Math.min(99, value + draw())));
    });

    expect(calls.filter((at) => at !== undefined).length).toBeLessThanOrEqual(4);
  });

  it('says nothing of what levels off, or of what has arrived', () => {
    expect(ask((instant) => 95 - 40 * Math.exp(-(hoursFromNow(instant) + 6)))).toBeUndefined();
    expect(ask((instant) => 120 + 10 * hoursFromNow(instant))).toBeUndefined();
  });

  it('does not take a morning for a trend once it knows the days', () => {
    const day = (at: number): number => 80 + 15 * wave(at - 6 * HOUR_MS);

    expect(ask(day, { days: 7 })).toBeUndefined();
  });

  it('foresees the peak that every day has', () => {
    const day = (at: number): number => 90 + 15 * wave(at - 6 * HOUR_MS);
    const at = ask(day, { days: 7 });

    expect(day(at ?? NaN)).toBeGreaterThan(100);
    expect(hoursFromNow(at ?? NaN)).toBeGreaterThan(1);
    expect(hoursFromNow(at ?? NaN)).toBeLessThan(6);
  });

  it('remembers that it has turned at this height before', () => {
    const tooth = (at: number): number =>
      40 + 5 * (hoursFromNow(at) - 10 * Math.floor(hoursFromNow(at) / 10));

    expect(ask(tooth, { days: 0, now: NOW })).toBeUndefined();
    expect(ask((at) => tooth(at - 2 * HOUR_MS), { days: 7, threshold: 95 })).toBeUndefined();
  });

  it.each(['=', '!='] as const)('has nothing to say of %s', (operator) => {
    expect(ask((instant) => 80 + 10 * hoursFromNow(instant), { operator })).toBeUndefined();
  });

  it('says nothing by few steps', () => {
    expect(ask(() => 90, { recent: [{ at: NOW - STEP_MS, value: 99 }] })).toBeUndefined();
  });
});
