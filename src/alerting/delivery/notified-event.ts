import { EventType } from '../../platform/events/index.js';
import type { AlertSnapshot } from '../model/alert.js';
import type { ToldTransition } from './message.js';

/** A message to a receiver of kind `gateway`, on every instance. */
export interface AlertsNotified {
  readonly tenantId: string;
  readonly receiverId: string;
  /** The same on every instance, and when it is told again. */
  readonly key: string;
  /** In the order in which they happened. */
  readonly alerts: readonly { readonly transition: ToldTransition; readonly alert: AlertSnapshot }[];
}

/** Alerts are to be shown to those who are connected. Published at least once on each instance. */
export const ALERTS_NOTIFIED = new EventType<AlertsNotified>('alerting.notified');
