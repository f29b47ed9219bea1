import { EventType } from '../../platform/events/index.js';
import type { AlertSnapshot } from '../model/alert.js';
import type { ToldTransition } from './message.js';

/** An alert as those who are connected see it: as it was then. */
export interface NotifiedAlert extends Omit<AlertSnapshot, 'tenantId'> {
  /** For acknowledging; null when the rule is gone, and of a test. */
  readonly id: string | null;
}

/** A message to a receiver of kind `gateway`, on every instance. */
export interface AlertsNotified {
  readonly tenantId: string;
  readonly receiverId: string;
  /** The same on every instance, and when it is told again. */
  readonly key: string;
  /** In the order in which they happened. */
  readonly alerts: readonly { readonly transition: ToldTransition; readonly alert: NotifiedAlert }[];
}

/** Alerts are to be shown to those who are connected. Published at least once on each instance. */
export const ALERTS_NOTIFIED = new EventType<AlertsNotified>('alerting.notified');
