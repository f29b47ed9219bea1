import { nextTurn } from '../../kernel/turn.js';
import { decide, type Decision } from '../evaluation/decide.js';
import type { StoredAlert } from '../evaluation/stored-alert.js';
import type { Observation } from '../model/alert.js';
import type { AlertRule } from '../model/rule.js';
import type { PreviewedAlert, PreviewedSeries } from './preview-report.js';

/** What was observed of a rule at an instant of the past. */
export type Past = (at: Date, index: number) => readonly Observation[];

const ALERTS_SHOWN = 20;

/** What is counted of one series. */
interface Tally {
  readonly labels: Readonly<Record<string, string>>;
  alerts: { startsAt: Date; endsAt: Date | null }[];
  messages: number;
  naiveFirings: number;
  naiveMessages: number;
  seen: number;
  missing: number;
  isBad: boolean;
}

/** What a replay came to. */
export interface Replay {
  readonly series: readonly PreviewedSeries[];
  readonly naive: { readonly firings: number; readonly messages: number };
}

/** So many observations are judged before others have their turn: some milliseconds. */
const AT_ONCE = 1_000;

/** Evaluates a rule at each instant by what decides live, with alerts that are kept in memory. */
export async function replay(
  rule: AlertRule,
  instants: readonly Date[],
  stepMs: number,
  past: Past,
): Promise<Replay> {
  const stored = new Map<string, StoredAlert>();
  const tallies = new Map<string, Tally>();
  let judged = 0;
  for (const [index, at] of instants.entries()) {
    const observations = past(at, index);
    for (const observation of observations) note(tallyOf(tallies, observation.labels), observation);
    judged += observations.length;
    if (judged >= AT_ONCE) {
      judged = 0;
      await nextTurn();
    }
    const ruleCase = { rule, observations, stored: [...stored.values()], conditionSince: undefined };
    for (const decision of decide(ruleCase, { at, everyMs: stepMs })) {
      stored.set(decision.fingerprint, storedOf(decision, at));
      if (decision.transition !== null) tell(tallyOf(tallies, decision.labels), decision.transition, at);
    }
  }
  const end = instants.at(-1) ?? new Date(NaN);
  const all = [...tallies.values()];
  return {
    series: all.map((tally) => shown(tally, end)),
    naive: {
      firings: all.reduce((sum, { naiveFirings }) => sum + naiveFirings, 0),
      messages: all.reduce((sum, { naiveMessages }) => sum + naiveMessages, 0),
    },
  };
}

function storedOf(
  { rule, fingerprint, labels, next, value, predictedAt, detail }: Decision,
  at: Date,
): StoredAlert {
  const kept = { id: fingerprint, ruleId: rule.id, fingerprint, labels, value, predictedAt, detail };
  return { ...next, ...kept, evaluatedAt: at, version: '1' };
}

function tallyOf(tallies: Map<string, Tally>, labels: Observation['labels']): Tally {
  const name = JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
  const found = tallies.get(name);
  if (found !== undefined) return found;
  const nothing = {
    alerts: [],
    messages: 0,
    naiveFirings: 0,
    naiveMessages: 0,
    seen: 0,
    missing: 0,
    isBad: false,
  };
  const tally = { labels, ...nothing };
  tallies.set(name, tally);
  return tally;
}

/** Naive alerting knows bad and not bad, and tells each change. */
function note(tally: Tally, { outcome }: Observation): void {
  tally.seen += 1;
  if (outcome === 'missing' || outcome === 'error') {
    tally.missing += 1;
    return;
  }
  const isBad = outcome === 'bad';
  if (isBad !== tally.isBad) tally.naiveMessages += 1;
  if (isBad && !tally.isBad) tally.naiveFirings += 1;
  tally.isBad = isBad;
}

function tell(tally: Tally, transition: NonNullable<Decision['transition']>, at: Date): void {
  tally.messages += 1;
  if (transition === 'firing') tally.alerts.push({ startsAt: at, endsAt: null });
  const last = tally.alerts.at(-1);
  if (transition === 'resolved' && last !== undefined) last.endsAt = at;
}

function shown({ labels, alerts, messages, seen, missing }: Tally, end: Date): PreviewedSeries {
  return {
    labels,
    firings: alerts.length,
    firingMs: alerts.reduce(
      (sum, { startsAt, endsAt }) => sum + ((endsAt ?? end).getTime() - startsAt.getTime()),
      0,
    ),
    messages,
    missingRatio: seen === 0 ? 0 : missing / seen,
    alerts: alerts.slice(-ALERTS_SHOWN).map(({ startsAt, endsAt }): PreviewedAlert => ({
      startsAt: startsAt.toISOString(),
      endsAt: endsAt?.toISOString() ?? null,
    })),
  };
}
