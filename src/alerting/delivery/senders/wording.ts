import type { AlertSnapshot, AlertChange } from '../../model/alert.js';
import type { Severity } from '../../model/rule.js';
import { type AlertMessage, isFiring, type ToldAlert } from '../message.js';

const RANK: Readonly<Record<Severity, number>> = { critical: 3, warning: 2, info: 1 };
const SAID: Readonly<Record<AlertChange['transition'] | 'reminder', string>> = {
  firing: 'FIRING',
  resolved: 'RESOLVED',
  flapping: 'FLAPPING',
  reminder: 'STILL FIRING',
};

/** What is said of one alert, in capitals. */
export function statusOf({ transition }: ToldAlert): string {
  return SAID[transition];
}

/** The most severe ones first; the order is kept otherwise. */
export function bySeverity(alerts: readonly ToldAlert[]): ToldAlert[] {
  const weight = (told: ToldAlert): number => (isFiring(told) ? RANK[told.alert.severity] : 0);
  return alerts.toSorted((left, right) => weight(right) - weight(left));
}

/** The highest severity among them; info when there is none. */
export function highestSeverity(alerts: readonly ToldAlert[]): Severity {
  return bySeverity(alerts)[0]?.alert.severity ?? 'info';
}

/** One line that says what a message is about. Not escaped. */
export function headline({ alerts, groupKey }: AlertMessage): string {
  const firing = alerts.filter(isFiring).length;
  const resolved = alerts.length - firing;
  const [worst] = bySeverity(alerts);
  if (worst === undefined) return 'No alerts';
  if (alerts.length === 1) return `[${statusOf(worst)}] ${nameOf(worst.alert)}: ${worst.alert.summary}`;
  const counts = [firing > 0 && `${firing} firing`, resolved > 0 && `${resolved} resolved`].filter(Boolean);
  const about = groupKey === null ? 'alerts of several groups' : nameOf(worst.alert);
  return `[${counts.join(', ').toUpperCase()}] ${about}`;
}

/** The rule's name and where. Not escaped. */
export function nameOf({ ruleName, severity }: AlertSnapshot): string {
  return `${ruleName} (${severity})`;
}

/** Labels that say which series it is. Not escaped. */
export function seriesOf({ labels }: AlertSnapshot): string {
  return Object.entries(labels)
    .filter(([name]) => name !== 'alertname' && name !== 'severity')
    .map(([name, value]) => `${name}=${value}`)
    .join(', ');
}

/** Cuts by code points, so that none is halved; what is cut shows. */
export function shortened(text: string, maxCharacters: number): string {
  const points = Array.from(text);
  return points.length <= maxCharacters ? text : `${points.slice(0, maxCharacters - 1).join('')}…`;
}
