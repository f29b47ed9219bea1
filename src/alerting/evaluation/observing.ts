import { DatabaseUnavailableError, PoolExhaustedError } from '../../platform/database/index.js';
import type { Observation } from '../model/alert.js';
import type { Condition } from '../model/condition.js';
import type { Observer, RuleOf } from '../model/observer.js';
import type { AlertRule } from '../model/rule.js';

/** Observers of all kinds of conditions. */
export const ALERT_OBSERVERS = Symbol('ALERT_OBSERVERS');

/** Tries to find the one rule among many that fails. */
const MOST_TRIES = 64;

/** What came of looking at rules of one kind. */
export interface Observed {
  readonly observations: readonly Observation[];
  /** Those that were looked at; of the others nothing is known, not even that their series are gone. */
  readonly judged: readonly AlertRule[];
  /** Those that failed by themselves. */
  readonly failed: readonly AlertRule[];
  /** How often looking failed, and what went wrong first. */
  readonly failures: number;
  readonly error: unknown;
}

/**
 * Looks at rules of one kind at once. When that fails, they are halved until the rule is found that fails by itself: it
 * is in error, and the others are looked at as ever.
 * @throws DatabaseUnavailableError, PoolExhaustedError: then no rule is to blame
 */
export async function observeAll(
  observer: Observer,
  rules: readonly AlertRule[],
  at: Date,
  signal: AbortSignal,
): Promise<Observed> {
  const observations: (readonly Observation[])[] = [];
  const judged: (readonly AlertRule[])[] = [];
  const failed: (readonly AlertRule[])[] = [];
  let failures = 0;
  let tries = 0;
  let firstError: unknown;
  const waiting: (readonly AlertRule[])[] = [rules];
  for (let group = waiting.pop(); group !== undefined; group = waiting.pop()) {
    tries += 1;
    try {
      const observed = await observer.observe(ofKind(group, observer.kind), at, signal);
      // Cut short: what is not mentioned may still be there.
      if (signal.aborted) break;
      observations.push(observed);
      judged.push(group);
    } catch (error) {
      if (signal.aborted) break;
      if (isOfDatabase(error)) throw error;
      firstError ??= error;
      failures += 1;
      if (group.length === 1) {
        observations.push(group.map(blamed));
        judged.push(group);
        failed.push(group);
      } else if (tries < MOST_TRIES) waiting.push(...halved(group));
    }
  }
  return {
    observations: observations.flat(),
    judged: judged.flat(),
    failed: failed.flat(),
    failures,
    error: firstError,
  };
}

/** No rule is to blame for it. */
function isOfDatabase(error: unknown): boolean {
  return error instanceof DatabaseUnavailableError || error instanceof PoolExhaustedError;
}

function halved(group: readonly AlertRule[]): (readonly AlertRule[])[] {
  const middle = Math.ceil(group.length / 2);
  return [group.slice(middle), group.slice(0, middle)];
}

/** What is said of a rule that fails. */
export function blamed({ id }: AlertRule): Observation {
  const detail = 'the rule could not be evaluated; the log has the reason';
  return { ruleId: id, labels: {}, outcome: 'error', value: null, predictedAt: null, detail };
}

function ofKind(rules: readonly AlertRule[], kind: Condition['kind']): RuleOf<Condition['kind']>[] {
  return rules.filter((rule): rule is RuleOf<Condition['kind']> => rule.condition.kind === kind);
}
