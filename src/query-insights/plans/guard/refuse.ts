import { QueryPlanRefusedError } from '../../errors.js';

/** Rules of the guard; `details.rule` of a refusal. */
export type GuardRule =
  | 'size'
  | 'nesting'
  | 'statement'
  | 'node'
  | 'caps'
  | 'growth'
  | 'function'
  | 'operator'
  | 'type'
  | 'cast'
  | 'relation'
  | 'parameters'
  | 'execution';

/** Ends the check of a statement. @throws QueryPlanRefusedError QUERY_PLAN_REFUSED */
export function refuse(
  rule: GuardRule,
  reason: string,
  facts: Readonly<Record<string, unknown>> = {},
): never {
  throw new QueryPlanRefusedError(rule, reason, facts);
}
