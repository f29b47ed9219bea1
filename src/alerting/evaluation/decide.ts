import type { InstanceState, Observation } from '../model/alert.js';
import type { AlertRule } from '../model/rule.js';
import { fingerprintOf } from './fingerprint.js';
import { advance, type Advance, end } from './state-machine.js';
import { recalled, type StoredAlert } from './stored-alert.js';
import { bounded } from './wording.js';

/** A series that is not mentioned any more fires for so long. */
const GONE_AFTER_MS = 5 * 60_000;
/** Values of alerts that go on are written this often. */
const TOUCH_EVERY_MS = 60_000;

/** An evaluation that was overtaken is late by less; more than that, and the database's clock was set back. */
const OVERTAKEN_BY_MS = 60_000;

/** What one evaluation makes of one alert, and that has to be written. */
export interface Decision {
  readonly rule: AlertRule;
  /** Undefined: there was no row. */
  readonly stored: StoredAlert | undefined;
  readonly fingerprint: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly before: InstanceState | undefined;
  readonly next: InstanceState;
  readonly transition: Advance['transition'];
  readonly value: number | null;
  readonly predictedAt: Date | null;
  readonly detail: string | null;
  /** touched: only the value, for whoever looks; changed: the state. */
  readonly kind: 'changed' | 'touched';
}

/** What is known of one rule at one evaluation. */
export interface RuleCase {
  readonly rule: AlertRule;
  readonly observations: readonly Observation[];
  readonly stored: readonly StoredAlert[];
  /** When the rule's condition was last changed; undefined: never. */
  readonly conditionSince: Date | undefined;
}

/** When it is judged, and how often. */
export interface Moment {
  readonly at: Date;
  readonly everyMs: number;
}

type Seen = Pick<Observation, 'labels' | 'outcome' | 'knownUntil' | 'value' | 'predictedAt' | 'detail'>;

/** What is to be written of the rule's alerts; nothing of those that go on as they are. */
export function decide(ruleCase: RuleCase, moment: Moment): Decision[] {
  const { rule, observations, stored } = ruleCase;
  if (stored.some((alert) => isLater(alert, moment))) return [];
  const byFingerprint = new Map(stored.map((alert) => [alert.fingerprint, alert]));
  const decisions: (Decision | undefined)[] = [];
  const seen = new Set<string>();
  for (const observation of observations) {
    const fingerprint = fingerprintOf(rule.id, observation.labels);
    if (seen.has(fingerprint)) continue;
    seen.add(fingerprint);
    decisions.push(
      observed(ruleCase, byFingerprint.get(fingerprint), { fingerprint, seen: observation }, moment),
    );
  }
  const failed = observations.find(isOfRule);
  for (const alert of stored) {
    if (seen.has(alert.fingerprint)) continue;
    if (failed === undefined) decisions.push(gone(rule, alert, moment));
    else
      decisions.push(
        observed(ruleCase, alert, { ...alert, seen: { ...failed, labels: alert.labels } }, moment),
      );
  }
  return decisions.flatMap((decision) => decision ?? []);
}

/** Somebody has judged it since, and knows more: an evaluator that stood still must not turn that back. */
function isLater({ evaluatedAt }: StoredAlert, { at }: Moment): boolean {
  const aheadMs = evaluatedAt.getTime() - at.getTime();
  return aheadMs > 0 && aheadMs < OVERTAKEN_BY_MS;
}

/** The rule as a whole could not be looked at: then nothing is known of any of its series. */
export function isOfRule({ outcome, labels }: Observation): boolean {
  return outcome === 'error' && Object.keys(labels).length === 0;
}

function observed(
  { rule, conditionSince }: RuleCase,
  stored: StoredAlert | undefined,
  { fingerprint, seen }: { readonly fingerprint: string; readonly seen: Seen },
  moment: Moment,
): Decision | undefined {
  const before = stored && restarted(recalled(stored, moment.at, moment.everyMs), conditionSince);
  const value = seen.value !== null && Number.isFinite(seen.value) ? seen.value : null;
  // A number that is none is an error, whoever observed it.
  const outcome = seen.value !== null && value === null ? 'error' : seen.outcome;
  const { next, transition } = advance(before, { ...seen, outcome }, rule, moment.at);
  const kind = kindOf(stored, next, moment) ?? foreseenKind(stored, seen.predictedAt, moment);
  if (kind === undefined) return undefined;
  const { labels, predictedAt } = seen;
  const detail = seen.detail === null ? null : bounded(seen.detail);
  return { rule, stored, fingerprint, labels, before, next, transition, value, predictedAt, detail, kind };
}

/** Pending begins anew under another condition. */
function restarted(state: InstanceState, conditionSince: Date | undefined): InstanceState {
  const { startsAt, breachedSince } = state;
  const isOfBefore = conditionSince !== undefined && breachedSince !== null && breachedSince < conditionSince;
  return startsAt === null && isOfBefore ? { ...state, breachedSince: null } : state;
}

/** First nobody knows, then it is over. */
function gone(rule: AlertRule, stored: StoredAlert, moment: Moment): Decision | undefined {
  const before = recalled(stored, moment.at, moment.everyMs);
  const afterMs = Math.max(GONE_AFTER_MS, rule.keepFiringMs);
  const isOver =
    before.startsAt === null ||
    (before.state === 'no-data' && moment.at.getTime() - before.stateSince.getTime() >= afterMs);
  const { next, transition } = isOver
    ? end(before, moment.at)
    : advance(before, { outcome: 'missing' }, { ...rule, missingData: 'no-data' }, moment.at);
  if (kindOf(stored, next, moment) !== 'changed') return undefined;
  const { fingerprint, labels } = stored;
  const detail = 'nothing is reported of it any more';
  const told = { value: null, predictedAt: null, detail, kind: 'changed' } as const;
  return { rule, stored, fingerprint, labels, before, next, transition, ...told };
}

function kindOf(
  stored: StoredAlert | undefined,
  next: InstanceState,
  { at }: Moment,
): Decision['kind'] | undefined {
  if (stored === undefined) return next.state === 'normal' ? undefined : 'changed';
  if (!isSame(stored, next)) return 'changed';
  if (next.state === 'normal') return undefined;
  return at.getTime() - stored.evaluatedAt.getTime() >= TOUCH_EVERY_MS ? 'touched' : undefined;
}

/** What is well is written, too, while it is foreseen that it will not stay so, and once when that is over. */
function foreseenKind(
  stored: StoredAlert | undefined,
  predictedAt: Date | null,
  { at }: Moment,
): Decision['kind'] | undefined {
  const before = stored?.predictedAt ?? null;
  if (predictedAt === null) return before === null ? undefined : 'touched';
  if (stored === undefined || before === null) return 'touched';
  return at.getTime() - stored.evaluatedAt.getTime() >= TOUCH_EVERY_MS ? 'touched' : undefined;
}

function isSame(stored: InstanceState, next: InstanceState): boolean {
  return (
    stored.state === next.state &&
    stored.isFlapping === next.isFlapping &&
    stored.breachedSince?.getTime() === next.breachedSince?.getTime() &&
    stored.startsAt?.getTime() === next.startsAt?.getTime()
  );
}
