import { CacheCounters } from './counters.js';
import { EvictedKeys } from './evicted-keys.js';

describe('EvictedKeys', () => {
  let counters: CacheCounters;
  let evicted: EvictedKeys;

  beforeEach(() => {
    counters = new CacheCounters();
    evicted = new EvictedKeys(counters);
  });

  const pass = (seconds: number): void => {
    for (let second = 0; second < seconds; second += 1) evicted.tick();
  };

  it('counts those that are asked for again within a minute', () => {
    for (const key of ['soon:1', 'later:1', 'never:1']) evicted.note(key);

    pass(59);
    evicted.reloaded('soon:1');
    evicted.reloaded('soon:1');
    evicted.reloaded('other:1');
    pass(1);
    evicted.reloaded('later:1');

    expect([counters.evictionsWatched, counters.evictionsRegretted]).toEqual([3, 1]);
  });

  it('watches few of many, and none for longer than a minute', () => {
    for (let second = 0; second < 600; second += 1) {
      for (let index = 0; index < 1_000; index += 1) evicted.note(`${second}:${index}`);
      evicted.tick();
    }
    pass(60);

    expect([counters.evictionsWatched, counters.evictionsRegretted]).toEqual([2_400, 0]);
  });
});
