import { LONGEST_MINUTES, resolutionFor, stepFor } from './resolutions.js';

describe('resolution of a history', () => {
  it.each([
    [60, undefined, 1, 1],
    [1_440, undefined, 1, 1],
    [2_000, undefined, 5, 5],
    [7_200, undefined, 5, 5],
    [10_080, undefined, 60, 60],
    [LONGEST_MINUTES, undefined, 60, 120],
    [60, 5, 5, 5],
    [60, 7, 5, 10],
    [1_440, 60, 60, 60],
    [10_080, 5, 5, 10],
    [LONGEST_MINUTES, 1, 60, 120],
  ])('of %d minutes in steps of %s is %d, its step %d', (duration, step, minutes, shown) => {
    const resolution = resolutionFor(duration, step);

    expect(resolution.minutes).toBe(minutes);
    expect(stepFor(duration, step, resolution)).toBe(shown);
  });
});
