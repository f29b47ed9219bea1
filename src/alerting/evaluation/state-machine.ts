import type { AlertState, InstanceState, Observation } from '../model/alert.js';
import type { RulePolicy } from '../model/rule.js';
import { flaps, remember } from './flapping.js';

/** What an evaluation comes to. */
export interface Advance {
  readonly next: InstanceState;
  /** What receivers are to hear; null: nothing. */
  readonly transition: 'firing' | 'resolved' | 'flapping' | null;
}

/** What is known of the series now. */
type Verdict = 'bad' | 'well' | 'unchanged' | 'no-data' | 'error';

/*
 * The life of an alert.
 *
 *   normal ── bad ──▶ pending ── bad for forMs ──▶ firing ── well ──▶ recovering ── well for keepFiringMs ──▶ normal
 *      ▲                 │                            ▲                   │
 *      └───── well ──────┘                            └────── bad ────────┘
 *
 * Reported values are bad up to their report: one that is not renewed does not make pending into firing.
 *
 * With forMs 0 an alert fires at the first bad evaluation, with keepFiringMs 0 it is resolved at the first good one.
 * A value between the clear level and the threshold changes nothing: what was bad stays bad, what was well stays well.
 *
 * Nobody knows: without data (policy no-data) or after an error the state says so. Nothing begins to fire and nothing
 * is resolved by that. What fires keeps its startsAt, and goes on firing or recovering when somebody knows again. What
 * was pending goes on with the time it had: the time nobody knows of is no part of forMs. Recovering begins anew.
 * Policy keep: as if there had been no evaluation. Policies ok and fire: missing data is well, or bad, with all that
 * follows, forMs and keepFiringMs included.
 *
 * Flapping: an alert that would be resolved, but has changed too often lately, stays `recovering` instead, and that
 * is all that is told of it. It is resolved, and that is told, when it is well and steady again. While it flaps it is
 * one alert with one startsAt, however often it is bad in between. Steady and bad needs no word: that it fires was
 * the last real news. So flapping takes the place of messages and never adds one: what is bad too briefly to fire
 * may change as often as it likes.
 */

/** What one more evaluation makes of `state`; undefined: of a series that was not seen before. */
export function advance(
  state: InstanceState | undefined,
  { outcome, knownUntil }: Pick<Observation, 'outcome' | 'knownUntil'>,
  policy: RulePolicy,
  at: Date,
): Advance {
  const before = state ?? startingState(at);
  const verdict = verdictOf(outcome, before, policy);
  switch (verdict) {
    case 'unchanged':
      return { next: before, transition: null };
    case 'no-data':
    case 'error':
      return { next: moved(resumed(before, verdict, at), verdict, at), transition: null };
    case 'bad':
      return afterBad(resumed(before, undefined, at), policy, { at, knownUntil: knownUntil ?? at });
    case 'well':
      return afterWell(before, policy, at);
  }
}

/** Ends the alert whatever its condition says: its rule or its series is gone. */
export function end(state: InstanceState, at: Date): Advance {
  const transition = state.startsAt === null ? null : 'resolved';
  const next = { ...moved(state, 'normal', at), breachedSince: null, startsAt: null, isFlapping: false };
  return { next, transition };
}

function startingState(at: Date): InstanceState {
  return {
    state: 'normal',
    stateSince: at,
    breachedSince: null,
    startsAt: null,
    recent: '',
    isFlapping: false,
  };
}

function verdictOf(
  outcome: Observation['outcome'],
  { breachedSince }: InstanceState,
  { missingData }: RulePolicy,
): Verdict {
  if (outcome === 'between') return breachedSince === null ? 'well' : 'bad';
  if (outcome !== 'missing') return outcome;
  switch (missingData) {
    case 'ok':
      return 'well';
    case 'fire':
      return 'bad';
    case 'keep':
      return 'unchanged';
    case 'no-data':
      return 'no-data';
  }
}

/** Leaves out of the hold time what nobody knew, unless it goes on. */
function resumed(before: InstanceState, next: AlertState | undefined, at: Date): InstanceState {
  const isUnknown = before.state === 'no-data' || before.state === 'error';
  if (!isUnknown || before.state === next || before.breachedSince === null) return before;
  const unknownMs = Math.max(0, at.getTime() - before.stateSince.getTime());
  return { ...before, breachedSince: new Date(before.breachedSince.getTime() + unknownMs) };
}

/** It has been bad for as long as is known: an old report that is looked at again and again proves no more. */
function afterBad(
  before: InstanceState,
  { forMs }: RulePolicy,
  { at, knownUntil }: { readonly at: Date; readonly knownUntil: Date },
): Advance {
  const recent = remember(before.recent, true);
  const breachedSince = before.breachedSince ?? knownUntil;
  const isFlapping = before.isFlapping && flaps(recent, true);
  const bad = { ...before, recent, breachedSince, isFlapping };
  if (before.startsAt !== null) return { next: moved(bad, 'firing', at), transition: null };
  const isLongEnough = knownUntil.getTime() - breachedSince.getTime() >= forMs;
  if (!isLongEnough) return { next: moved(bad, 'pending', at), transition: null };
  return { next: { ...moved(bad, 'firing', at), startsAt: at }, transition: 'firing' };
}

function afterWell(before: InstanceState, { keepFiringMs }: RulePolicy, at: Date): Advance {
  const recent = remember(before.recent, false);
  const isFlapping = before.isFlapping && flaps(recent, true);
  const well = { ...before, recent, breachedSince: null, isFlapping };
  if (before.startsAt === null) return { next: moved(well, 'normal', at), transition: null };
  const recovering = moved(well, 'recovering', at);
  const isLongEnough = at.getTime() - recovering.stateSince.getTime() >= keepFiringMs;
  if (!isLongEnough || isFlapping) return { next: recovering, transition: null };
  if (!before.isFlapping && flaps(recent, false)) {
    return { next: { ...recovering, isFlapping: true }, transition: 'flapping' };
  }
  return end(recovering, at);
}

function moved(before: InstanceState, state: AlertState, at: Date): InstanceState {
  return before.state === state ? before : { ...before, state, stateSince: at };
}
