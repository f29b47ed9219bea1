import { FakeClock } from '../../../test/support/fake-clock.js';
import type { AlertRule } from '../model/rule.js';
import { Quarantine } from './quarantine.js';

const MINUTE_MS = 60_000;

function rule(id: string, version = 1): AlertRule {
  return { id, version } as AlertRule;
}

describe('Quarantine', () => {
  const ids = (rules: readonly AlertRule[]): string[] => rules.map(({ id }) => id);

  it('lets one rule at a time be tried, the one that has waited longest', async () => {
    const clock = new FakeClock();
    const quarantine = new Quarantine(clock);
    const rules = ['a', 'b', 'c'].map((id) => rule(id));
    quarantine.note(rules, rules.slice(1, 2));
    await clock.advance(1);
    quarantine.note([], rules.slice(2));

    await clock.advance(MINUTE_MS);

    const { free, due, held } = quarantine.sort(rules);
    expect([ids(free), ids(due), ids(held)]).toEqual([['a'], ['b'], ['c']]);
  });

  it('tries ever more seldom what goes on failing, and at least every 16 minutes', async () => {
    const clock = new FakeClock();
    const quarantine = new Quarantine(clock);
    const rules = [rule('a')];
    const waits: number[] = [];
    for (let tries = 0; tries < 7; tries += 1) {
      quarantine.note(rules, rules);
      let minutes = 0;
      for (; quarantine.sort(rules).due.length === 0; minutes += 1) await clock.advance(MINUTE_MS);
      waits.push(minutes);
    }

    expect(waits).toEqual([1, 2, 4, 8, 16, 16, 16]);
  });

  it('frees a rule that was edited, and one that is well again', () => {
    const quarantine = new Quarantine(new FakeClock());
    const failed = [rule('a'), rule('b')];
    quarantine.note(failed, failed);

    quarantine.note([rule('a')], []);

    expect(ids(quarantine.sort([rule('a'), rule('b', 2)]).free)).toEqual(['a', 'b']);
  });
});
