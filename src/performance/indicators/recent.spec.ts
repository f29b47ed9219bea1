import { Histogram } from '../../kernel/histogram.js';
import { RecentCounts } from './recent-counts.js';
import { RecentDistribution } from './recent-distribution.js';

const STEPS = 30;

describe('RecentCounts', () => {
  it('counts what was added within its window, and forgets what is older', () => {
    const counters = { acquired: 5 };
    const recent = new RecentCounts(() => counters);
    counters.acquired += 3;

    expect(recent.since('acquired')).toBe(3);

    for (let step = 0; step < STEPS; step += 1) recent.step();
    expect(recent.since('acquired')).toBe(0);
  });
});

describe('RecentDistribution', () => {
  it('knows the quantiles of its window alone', () => {
    const histogram = new Histogram();
    for (let index = 0; index < 100; index += 1) histogram.record(9);
    const recent = new RecentDistribution(() => histogram);
    for (let index = 1; index <= 100; index += 1) histogram.record(index / 100);

    expect(recent.count()).toBe(100);
    expect(recent.count(0.905)).toBe(10);
    expect(recent.quantile(0.95)).toBeCloseTo(0.95, 1);

    for (let step = 0; step < STEPS; step += 1) recent.step();
    expect(recent.count()).toBe(0);
    expect(recent.quantile(0.95)).toBeNull();
  });

  it('is empty while there is no such histogram', () => {
    const recent = new RecentDistribution(() => undefined);
    recent.step();

    expect([recent.count(), recent.quantile(0.5)]).toEqual([0, null]);
  });
});
