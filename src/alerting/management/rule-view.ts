import type { RuleInput } from './rule-input.js';
import { inputOf } from './rule-definition.js';
import type { StoredRule } from './rule.repository.js';

/** How a rule of an SLO is triggered. */
interface BurnRate {
  readonly kind: 'burn-rate';
  readonly longWindowMs: number;
  readonly shortWindowMs: number;
  readonly factor: number;
}

/** A rule as it is shown: as it was written, with what was left out. */
export type ShownRule = Pick<
  StoredRule,
  'id' | 'origin' | 'sloId' | 'version' | 'createdBy' | 'createdAt' | 'updatedAt'
> &
  (RuleInput | (Omit<RuleInput, 'kind'> & BurnRate));

export function showRule(rule: StoredRule): ShownRule {
  const { id, origin, sloId, condition, version, createdBy, createdAt, updatedAt } = rule;
  const input = inputOf(rule);
  const stored = { version, createdBy, createdAt, updatedAt };
  if (condition.kind !== 'burn-rate') return { id, origin, sloId, ...input, ...stored };
  const { kind, longWindowMs, shortWindowMs, factor } = condition;
  return { id, origin, sloId, ...input, kind, longWindowMs, shortWindowMs, factor, ...stored };
}
