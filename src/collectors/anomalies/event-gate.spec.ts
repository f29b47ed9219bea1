import { EventGate } from './event-gate.js';

describe('EventGate', () => {
  const scores = (surprises: readonly number[], elapsed = 1): number[] => {
    const gate = new EventGate(4);
    return surprises.map((surprise) => gate.score(surprise, elapsed, 10));
  };

  it('lets what is ordinary through as it is', () => {
    expect(scores([1, 2, 3.9])).toEqual([1, 2, 3.9]);
  });

  it('scores an event once, however long it lasts', () => {
    const [first, ...others] = scores(Array.from({ length: 500 }, () => 6));

    expect(first).toBe(6);
    expect(Math.max(...others)).toBe(0);
  });

  it('scores what stands out of an event by that much', () => {
    expect(scores([6, 11])).toEqual([6, 5]);
  });

  it('scores a second event after the quiet time, and not before', () => {
    const calm = Array.from({ length: 9 }, () => 0);

    expect(scores([6, ...calm.slice(1), 6]).at(-1)).toBe(0);
    expect(scores([6, ...calm, 6]).at(-1)).toBe(6);
    expect(scores([6, 0, 6], 5).at(-1)).toBe(6);
  });
});
