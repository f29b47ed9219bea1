import { SystemClock } from '../../kernel/clock.js';
import { labelMatcher, patternProblem } from './label-matching.js';

const matches = (
  operator: '=' | '!=' | '=~' | '!~',
  value: string,
  labels: Record<string, string>,
): boolean => labelMatcher([{ label: 'team', operator, value }])(labels);

describe('matchers', () => {
  it('compare whole labels; one that is missing is empty', () => {
    expect(matches('=', 'shop', { team: 'shop' })).toBe(true);
    expect(matches('=', 'shop', { team: 'shops' })).toBe(false);
    expect(matches('!=', 'shop', {})).toBe(true);
    expect(matches('=~', 'sh.p|bar', { team: 'shop' })).toBe(true);
    expect(matches('=~', 'sh', { team: 'shop' })).toBe(false);
    expect(matches('=~', '.*', {})).toBe(true);
    expect(matches('!~', 'sh.*', { team: 'shop' })).toBe(false);
    expect(matches('=', '', { __proto__: 'x' })).toBe(true);
    expect(labelMatcher([{ label: 'constructor', operator: '=', value: '' }])({})).toBe(true);
  });

  it('must all match', () => {
    const both = labelMatcher([
      { label: 'team', operator: '=', value: 'shop' },
      { label: 'severity', operator: '=~', value: 'warning|info' },
    ]);

    expect(both({ team: 'shop', severity: 'info' })).toBe(true);
    expect(both({ team: 'shop', severity: 'critical' })).toBe(false);
  });

  it('agree with the patterns of JavaScript where both know them', () => {
    const texts = ['', 'a', 'ab', 'abc', 'prod-eu-1', 'PROD', 'a b', 'ü', '🚨', 'aaaa'];
    for (const pattern of [
      'a+',
      '[a-c]{2,3}',
      '(a|b)*c?',
      '\\w+-\\w+-\\d',
      '.',
      '(?:)',
      'a?b?c?',
      '[^a]*',
      'ü|🚨',
    ]) {
      for (const text of texts) {
        const expected = new RegExp(`^(?:${pattern})$`, 'u').test(text);
        expect([pattern, text, matches('=~', pattern, { team: text })]).toEqual([pattern, text, expected]);
      }
    }
  });

  it('take time that grows with the text alone, where JavaScript would never end', () => {
    const clock = new SystemClock();
    const startedAt = clock.monotonic();
    for (const pattern of ['(a+)+', '(a|aa)+', '(.*a){20}', '([a-z]+)*[0-9]']) {
      expect(patternProblem(pattern)).toBeUndefined();
      expect(matches('=~', pattern, { team: `${'a'.repeat(199)}!` })).toBe(false);
    }

    expect(clock.monotonic() - startedAt).toBeLessThan(5_000);
  });

  it('refuse what is no pattern of RE2, and what is too large', () => {
    for (const bad of ['(', '[', '\\1', '(?=a)', '(?<!a)b', '*', 'a{1001}', '(a{100}){100}']) {
      expect([bad, patternProblem(bad)]).toEqual([bad, expect.stringContaining('RE2')]);
    }
    expect(patternProblem('(')).toMatch(/: missing closing \)$/);
    expect(patternProblem('.{999}.{999}')).toContain('too large');
  });
});
