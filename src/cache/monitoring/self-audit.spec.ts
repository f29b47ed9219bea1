import { CacheCounters } from './counters.js';
import { SelfAudit } from './self-audit.js';

describe('SelfAudit', () => {
  it('counts what it compared, and tells what differs', async () => {
    const counters = new CacheCounters();
    const told: string[] = [];
    const outcomes: Record<string, boolean | undefined> = { good: true, bad: false, unknown: undefined };
    const audit = new SelfAudit({
      counters,
      sample: (count) => [...Object.keys(outcomes), 'failing'].slice(0, count),
      agrees: (key) =>
        key === 'failing' ? Promise.reject(new TypeError('Redis')) : Promise.resolve(outcomes[key]),
      warn: (key) => told.push(key),
    });

    await audit.run();

    expect([counters.audited, counters.inconsistencies, told]).toEqual([2, 1, ['bad']]);
  });
});
