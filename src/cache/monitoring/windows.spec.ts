import { CacheCounters } from './counters.js';
import { Windows } from './windows.js';

describe('Windows', () => {
  it('tell what happened in the last minute, five minutes and hour', () => {
    const counters = new CacheCounters();
    const windows = new Windows(counters);

    for (let second = 1; second <= 7_200; second += 1) {
      counters.loads += 1;
      windows.tick();
    }

    expect([60, 300, 3_600].map((seconds) => windows.since(seconds).loads)).toEqual([60, 300, 3_600]);
    expect(windows.totals().loads).toBe(7_200);
  });

  it('reach back to the start when that was not long ago', () => {
    const counters = new CacheCounters();
    counters.l1Hits = 5;
    const windows = new Windows(counters);
    counters.l1Hits = 12;
    windows.tick();

    expect([60, 3_600].map((seconds) => windows.since(seconds).l1Hits)).toEqual([7, 7]);
  });
});
