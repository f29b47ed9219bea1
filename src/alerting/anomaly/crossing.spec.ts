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

  it.each([3, 4, 8])('knows after %i days a tooth whose point is narrower than an hour', (days) => {
    const tooth = (at: number): number => 50 + (38 * ((((hoursFromNow(at) + 6.9) % 7) + 7) % 7)) / 7;

    expect(ask(tooth, { days: days + 0.25 })).toBeUndefined();
  });

  it.each(['=', '!='] as const)('has nothing to say of %s', (operator) => {
    expect(ask((instant) => 80 + 10 * hoursFromNow(instant), { operator })).toBeUndefined();
  });

  it('says nothing by few steps', () => {
    expect(ask(() => 90, { recent: [{ at: NOW - STEP_MS, value: 99 }] })).toBeUndefined();
  });
});

describe('predictCrossing of what has grown for days', () => {
  const line = (at: number): number => 60 * hoursFromNow(at);
  const lines = [0, 2, 30].flatMap((height) =>
    [0.25, 1, 2, 3, 4, 14].map((days) => ({ height, days, course: noisy(line, height, days) })),
  );

  function noisy(course: (at: number) => number, height: number, seed: number): (at: number) => number {
    const draw = noise(Math.round(100 * seed));
    return (at) => course(at) + height * (draw() + draw() + draw());
  }

  it.each(lines)('foresees a line over $days days with noise of $height', ({ course, days, height }) => {
    const ahead = [45, 70, 100].map((threshold) => ask(course, { days, threshold }));
    const errors = ahead.map((at, index) => 60 * hoursFromNow(at ?? NaN) - ([45, 70, 100][index] ?? 0));

    expect(errors.every((error) => Math.abs(error) <= 10 + height)).toBe(true);
  });

  it.each([4, 14])('foresees a fall of %i days below a level', (days) => {
    const fall = noisy((at) => -line(at), 2, days);
    const minutes = 60 * hoursFromNow(ask(fall, { days, operator: '<', threshold: -70 }) ?? NaN);

    expect(Math.abs(minutes - 70)).toBeLessThanOrEqual(15);
  });

  it.each([
    { days: 4, hour: 0 },
    { days: 4, hour: 9 },
    { days: 14, hour: 0 },
    { days: 14, hour: 15 },
  ])('foresees growth of $days days in a rhythm of the day, at $hour hours', ({ days, hour }) => {
    const both = (at: number): number => line(at) + 100 * wave(at + hour * HOUR_MS);
    const crossesAt = Array.from({ length: 72 }, (_, step) => NOW + step * STEP_MS).find(
      (at) => both(at) > both(NOW) + 90,
    );

    const at = ask(noisy(both, 2, days), { days, threshold: both(NOW) + 90 });

    expect(Math.abs(hoursFromNow(at ?? NaN) - hoursFromNow(crossesAt ?? NaN))).toBeLessThan(0.5);
  });

  it('foresees growth that doubles every two days', () => {
    const doubling = (at: number): number => 1_000 * 2 ** (hoursFromNow(at) / 48);

    const at = ask(noisy(doubling, 1, 9), { days: 7, threshold: doubling(NOW + 2 * HOUR_MS) });

    expect(Math.abs(hoursFromNow(at ?? NaN) - 2)).toBeLessThan(0.5);
  });

  it('knows what is emptied every midnight from what grows for days', () => {
    const emptied = (at: number): number => 90 * ((at % DAY_MS) / DAY_MS);

    expect(ask(noisy(emptied, 0.2, 5), { days: 7 })).toBeUndefined();
  });
});
