import type { InstanceState } from '../model/alert.js';
import { REMEMBERED } from './flapping.js';

/** A row of alert_instances: where one series of one rule stands, as of its last write. */
export interface StoredAlert extends InstanceState {
  readonly id: string;
  readonly ruleId: string;
  readonly fingerprint: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number | null;
  readonly predictedAt: Date | null;
  readonly detail: string | null;
  readonly evaluatedAt: Date;
  readonly version: string;
}

/**
 * The state as it is by now. Evaluations that changed nothing are not written: what they saw is what the last written
 * one saw, and how many they were follows from the time.
 */
export function recalled(
  { recent, evaluatedAt, ...state }: StoredAlert,
  at: Date,
  everyMs: number,
): InstanceState {
  const last = recent.at(-1);
  const isKnown = state.state !== 'no-data' && state.state !== 'error';
  const elapsed = Math.round((at.getTime() - evaluatedAt.getTime()) / everyMs) - 1;
  const repeats = last !== undefined && isKnown ? Math.min(REMEMBERED, Math.max(0, elapsed)) : 0;
  const { stateSince, breachedSince, startsAt, isFlapping } = state;
  const grown = `${recent}${(last ?? '').repeat(repeats)}`.slice(-REMEMBERED);
  return { state: state.state, stateSince, breachedSince, startsAt, recent: grown, isFlapping };
}
