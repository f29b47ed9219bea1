import type { Severity } from './rule.js';

/**
 * normal; pending: bad, but not for long enough; firing; recovering: fires, and is well, but not for long enough;
 * no-data and error: nobody knows (what fired before is not resolved by that).
 */
export type AlertState = 'normal' | 'pending' | 'firing' | 'recovering' | 'no-data' | 'error';

/** Where one series of one rule stands: all that the state machine remembers. */
export interface InstanceState {
  readonly state: AlertState;
  readonly stateSince: Date;
  /** Since when it is bad without a break; null: it is not. */
  readonly breachedSince: Date | null;
  /** Since when it fires; kept while nobody knows; null: it does not fire. */
  readonly startsAt: Date | null;
  /** The last 21 evaluations, newest last; 1: bad. */
  readonly recent: string;
  readonly isFlapping: boolean;
}

/** What was seen of one series of one rule. */
export interface Observation {
  readonly ruleId: string;
  /** Of the series, without those of the rule: with the rule they name the alert. */
  readonly labels: Readonly<Record<string, string>>;
  /** bad and well are the condition's judgement; between: past the clear level, not past the threshold. */
  readonly outcome: 'bad' | 'between' | 'well' | 'missing' | 'error';
  /** Up to when that is known; without it up to now. What is not renewed does not go on for the rule's `forMs`. */
  readonly knownUntil?: Date;
  /** Null unless there was a finite one. */
  readonly value: number | null;
  /** When it will be bad if things go on like this; null: no such trend. */
  readonly predictedAt: Date | null;
  /** For people: what was expected, or why nothing is known. Never a driver's words. At most 500 characters. */
  readonly detail: string | null;
}

/** An alert as it was at one moment: what is told and what is kept. */
export interface AlertSnapshot {
  readonly tenantId: string;
  readonly ruleId: string;
  readonly ruleName: string;
  readonly fingerprint: string;
  readonly state: AlertState;
  readonly severity: Severity;
  /** Those of the rule and the series, with `alertname` and `severity`. */
  readonly labels: Readonly<Record<string, string>>;
  /** What people read. */
  readonly summary: string;
  readonly detail: string | null;
  readonly value: number | null;
  readonly startsAt: string | null;
  /** Null while it fires. */
  readonly endsAt: string | null;
  readonly predictedAt: string | null;
  readonly runbookUrl: string | null;
}

/** A change of state that receivers are to hear of. */
export interface AlertChange {
  /** flapping: it goes to and fro, and no more is told until it is steady. */
  readonly transition: 'firing' | 'resolved' | 'flapping';
  readonly alert: AlertSnapshot;
  readonly receiverIds: readonly string[];
}
