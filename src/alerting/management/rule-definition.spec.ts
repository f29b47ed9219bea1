import { Random } from '../../../test/support/random.js';
import { defineRule, inputOf } from './rule-definition.js';
import { RuleInput } from './rule-input.js';
import { patched } from './rule-shape.js';

const slow: RuleInput = { name: 'slow', scraper: 'shop', operator: '>', value: 100 };

/** The paths of what is wrong; empty: nothing. */
function issuesOf(input: RuleInput): string[] {
  try {
    defineRule(input);
    return [];
  } catch (error) {
    return (error as { details: { issues: { path: string }[] } }).details.issues.map(({ path }) => path);
  }
}

describe('a rule as people write it', () => {
  it('has defaults for what it leaves out', () => {
    expect(defineRule(slow)).toEqual({
      name: 'slow',
      condition: {
        kind: 'threshold',
        source: { from: 'collector', scraperSource: 'shop', metricType: null, measure: 'durationMs' },
        aggregation: 'mean',
        windowMs: 300_000,
        operator: '>',
        threshold: 100,
        clearThreshold: null,
      },
      severity: 'warning',
      forMs: 0,
      keepFiringMs: 0,
      missingData: 'no-data',
      labels: {},
      receiverIds: [],
      summary: null,
      runbookUrl: null,
      isEnabled: true,
    });
  });

  it('has its clear level on the good side of the value', () => {
    const random = new Random(11);
    for (let round = 0; round < 2_000; round += 1) {
      const operator = random.of(['<', '<=', '>', '>=', '=', '!='] as const);
      const [value, clearValue] = [random.below(20) - 10, random.below(20) - 10];
      const isGood = operator.startsWith('>') ? clearValue <= value : clearValue >= value;
      const isRefused = operator === '=' || operator === '!=' || !isGood;

      expect([operator, value, clearValue, issuesOf({ ...slow, operator, value, clearValue })]).toEqual([
        operator,
        value,
        clearValue,
        isRefused ? ['clearValue'] : [],
      ]);
    }
  });

  it('holds no field of another kind', () => {
    expect(issuesOf({ ...slow, stepMs: 300_000 })).toEqual(['stepMs']);
    expect(issuesOf({ ...slow, signal: 'process_heap_used_bytes' })).toEqual(['scraper']);
    expect(issuesOf({ name: 'odd', kind: 'anomaly', windowMs: 60_000 })).toEqual(['windowMs']);
    expect(issuesOf({ name: 'odd', kind: 'anomaly', scraper: 'shop' })).toEqual([]);
  });

  it('is shown as it was written', () => {
    const inputs: RuleInput[] = [
      slow,
      { ...slow, measure: 'successRatio', value: 0.5, clearValue: 0.4, receivers: ['1', '2'] },
      {
        name: 'own',
        signal: 'cache.hit-ratio',
        signalLabels: { tier: 'l1' },
        operator: '<',
        value: 1,
      } as const,
      { name: 'odd', kind: 'anomaly', metric: 'page', stepMs: 3_600_000, direction: 'above' },
    ];
    for (const input of inputs) {
      const rule = defineRule(input);

      expect(defineRule(inputOf(rule))).toEqual(rule);
      expect(inputOf(rule)).toMatchObject(input);
    }
  });

  it('leaves behind what another kind does not have when it is changed into that', () => {
    const events = inputOf(defineRule(slow));

    const odd = patched(events, { kind: 'anomaly' });
    const own = patched(events, { signal: 'process_heap_used_bytes' });
    const back = patched(own, { scraper: 'shop' });

    expect(odd).toMatchObject({ kind: 'anomaly', scraper: 'shop' });
    expect(issuesOf(odd)).toEqual([]);
    expect(own).not.toHaveProperty('scraper');
    expect(issuesOf(own)).toEqual([]);
    expect(back).not.toHaveProperty('signal');
    expect(issuesOf(back)).toEqual([]);
    expect(issuesOf(patched(events, { stepMs: 300_000 }))).toEqual(['stepMs']);
  });

  it('takes no number that is none', () => {
    for (const value of [NaN, Infinity, -Infinity, 1e16, '5', null]) {
      expect(RuleInput.safeParse({ ...slow, value }).success).toBe(false);
    }
    expect(RuleInput.safeParse({ ...slow, value: -0.5 }).success).toBe(true);
  });
});
