import { RE2JS, RE2JSSyntaxException } from 're2js';
import type { Matcher } from '../model/silence.js';

type Labels = Readonly<Record<string, string>>;

/** Instructions of a compiled pattern: with these, a label of 200 characters is matched in less than a ms. */
const MOST_INSTRUCTIONS = 1_000;

/**
 * Whether labels match all of `matchers`, compiled once for many labels. A label that is not there counts as empty.
 * Patterns are RE2's: matched in time linear in the text, whatever the pattern, and anchored at both ends.
 */
export function labelMatcher(matchers: readonly Matcher[]): (labels: Labels) => boolean {
  const tests = matchers.map(({ label, operator, value }) => ({ label, test: valueTest(operator, value) }));
  return (labels) =>
    tests.every(({ label, test }) => test(Object.hasOwn(labels, label) ? (labels[label] ?? '') : ''));
}

/** What is wrong with a pattern; undefined: nothing. */
export function patternProblem(pattern: string): string | undefined {
  try {
    const size = RE2JS.compile(pattern).programSize();
    return size > MOST_INSTRUCTIONS ? 'repeats too much: the pattern is too large' : undefined;
  } catch (error) {
    const rule = 'must be a pattern of RE2, without references to groups, looking ahead or behind';
    return error instanceof RE2JSSyntaxException ? `${rule}: ${error.error}` : rule;
  }
}

function valueTest(operator: Matcher['operator'], expected: string): (value: string) => boolean {
  switch (operator) {
    case '=':
      return (value) => value === expected;
    case '!=':
      return (value) => value !== expected;
    case '=~':
    case '!~': {
      const pattern = RE2JS.compile(expected);
      return (value) => pattern.testExact(value) === (operator === '=~');
    }
  }
}
