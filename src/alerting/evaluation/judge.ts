import type { Observation } from '../model/alert.js';
import type { Operator, ThresholdCondition } from '../model/condition.js';

/** What a value means under a condition; null: there is none. What is not finite is an error, and no value. */
export function judge(
  value: number | null,
  {
    operator,
    threshold,
    clearThreshold,
  }: Pick<ThresholdCondition, 'operator' | 'threshold' | 'clearThreshold'>,
): Observation['outcome'] {
  if (value === null) return 'missing';
  if (!Number.isFinite(value) || !Number.isFinite(threshold)) return 'error';
  if (compares(value, operator, threshold)) return 'bad';
  return clearThreshold !== null && compares(value, operator, clearThreshold) ? 'between' : 'well';
}

function compares(value: number, operator: Operator, level: number): boolean {
  switch (operator) {
    case '<':
      return value < level;
    case '<=':
      return value <= level;
    case '>':
      return value > level;
    case '>=':
      return value >= level;
    case '=':
      return value === level;
    case '!=':
      return value !== level;
  }
}
