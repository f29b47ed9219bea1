import type { Observation } from './alert.js';
import type { Condition } from './condition.js';
import type { AlertRule } from './rule.js';

/** A rule with the kind of condition an observer understands. */
export type RuleOf<Kind extends Condition['kind']> = AlertRule & {
  readonly condition: Extract<Condition, { readonly kind: Kind }>;
};

/** Looks at all rules of one kind at once. */
export interface Observer<Kind extends Condition['kind'] = Condition['kind']> {
  readonly kind: Kind;
  /**
   * What each series of each rule is like at `at`, by the database's clock. A rule that cannot be looked at gives an
   * observation with outcome `error` for itself, and does not fail the others. A series that is not mentioned any more
   * is gone.
   */
  observe(rules: readonly RuleOf<Kind>[], at: Date, signal: AbortSignal): Promise<readonly Observation[]>;
}
