import { CountingIds } from '../../../test/support/counting-ids.js';
import { FakeClock } from '../../../test/support/fake-clock.js';
import { Random } from '../../../test/support/random.js';
import { RetrySchedule, type RetryStrategy } from './retry-strategies.js';

const BOUNDS = { firstMs: 100, maxMs: 1_000, maxAttempts: 8, deadlineMs: 60_000 };
const STRATEGIES: readonly RetryStrategy[] = ['fixed', 'linear', 'exponential', 'fibonacci', 'decorrelated'];

/** Jitter of a seed, or always the same. */
class Jitter extends CountingIds {
  constructor(private readonly draw: () => number) {
    super();
  }

  override fraction(): number {
    return this.draw();
  }
}

function scheduleOf(strategy: RetryStrategy, draw: () => number, bounds: Partial<typeof BOUNDS> = {}) {
  const clock = new FakeClock();
  return { clock, schedule: new RetrySchedule({ ...BOUNDS, ...bounds, strategy }, new Jitter(draw), clock) };
}

function delaysOf(schedule: RetrySchedule): number[] {
  const delays: number[] = [];
  for (let delay = schedule.next(); delay !== undefined; delay = schedule.next()) delays.push(delay);
  return delays;
}

describe('RetrySchedule', () => {
  it.each([
    ['fixed', [100, 100, 100, 100, 100, 100, 100, 100]],
    ['linear', [100, 200, 300, 400, 500, 600, 700, 800]],
    ['exponential', [100, 200, 400, 800, 1_000, 1_000, 1_000, 1_000]],
    ['fibonacci', [100, 100, 200, 300, 500, 800, 1_000, 1_000]],
  ] as const)('grows %s, and has half of each delay at random', (strategy, full) => {
    const longest = delaysOf(scheduleOf(strategy, () => 1).schedule);
    const shortest = delaysOf(scheduleOf(strategy, () => 0).schedule);

    expect(longest).toEqual(full);
    expect(shortest).toEqual(full.map((ms) => ms / 2));
  });

  it.each(STRATEGIES)('never gives two workers of %s the same delays', (strategy) => {
    const random = new Random(11);
    const draw = (): number => random.fraction();

    const delays = Array.from({ length: 200 }, () => delaysOf(scheduleOf(strategy, draw).schedule));

    for (let attempt = 0; attempt < BOUNDS.maxAttempts; attempt += 1) {
      expect(new Set(delays.map((of) => of[attempt])).size).toBe(delays.length);
    }
    expect(Math.max(...delays.flat())).toBeLessThanOrEqual(BOUNDS.maxMs);
    expect(Math.min(...delays.flat())).toBeGreaterThanOrEqual(BOUNDS.firstMs / 2);
  });

  it.each(STRATEGIES)(
    'gives up on %s after so many attempts, and begins anew after a success',
    (strategy) => {
      const { schedule } = scheduleOf(strategy, () => 0.5, { maxAttempts: 3 });

      const first = delaysOf(schedule);
      expect(schedule.next()).toBeUndefined();
      schedule.reset();

      expect(first).toHaveLength(3);
      expect(delaysOf(schedule)).toEqual(first);
    },
  );

  it('gives up when the next try would be after the deadline, counted from the first failure', async () => {
    const { clock, schedule } = scheduleOf('fixed', () => 1, { deadlineMs: 250 });
    await clock.advance(10_000);

    expect(schedule.next()).toBe(100);
    await clock.advance(150);
    expect(schedule.next()).toBe(100);
    await clock.advance(1);
    expect(schedule.next()).toBeUndefined();
  });

  it.each(STRATEGIES)('keeps %s within its bounds for ever', (strategy) => {
    const random = new Random(3);
    const bounds = { maxAttempts: 2_000, deadlineMs: Infinity };

    const delays = delaysOf(scheduleOf(strategy, () => random.fraction(), bounds).schedule);

    expect(delays).toHaveLength(2_000);
    expect(delays.every((ms) => ms >= BOUNDS.firstMs / 2 && ms <= BOUNDS.maxMs)).toBe(true);
  });
});
