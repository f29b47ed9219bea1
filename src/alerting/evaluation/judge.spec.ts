import type { Operator } from '../model/condition.js';
import { judge } from './judge.js';

describe('what a value means', () => {
  it.each<[Operator, number, Record<string, number[]>]>([
    ['>', 9, { well: [8, 9], between: [9.5, 10], bad: [10.1] }],
    ['>=', 9, { well: [8, 8.9], between: [9, 9.9], bad: [10, 11] }],
    ['<', 11, { well: [11, 12], between: [10, 10.5], bad: [9.9] }],
    ['<=', 11, { well: [11.1, 12], between: [10.5, 11], bad: [10, 9] }],
  ])('tells well, between and bad for %s', (operator, clearThreshold, values) => {
    for (const [outcome, examples] of Object.entries(values)) {
      for (const value of examples) {
        expect([value, judge(value, { operator, threshold: 10, clearThreshold })]).toEqual([value, outcome]);
      }
    }
  });

  it('compares for equality, and knows no between without a clear level', () => {
    expect(judge(10, { operator: '=', threshold: 10, clearThreshold: null })).toBe('bad');
    expect(judge(10, { operator: '!=', threshold: 10, clearThreshold: null })).toBe('well');
    expect(judge(9.5, { operator: '>', threshold: 10, clearThreshold: null })).toBe('well');
  });

  it.each([NaN, Infinity, -Infinity])('takes %p for an error, and no value for missing', (value) => {
    const condition = { operator: '>', threshold: 10, clearThreshold: 9 } as const;

    expect(judge(value, condition)).toBe('error');
    expect(judge(null, condition)).toBe('missing');
  });
});
