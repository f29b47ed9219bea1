import type { AlertChange, AlertSnapshot } from '../model/alert.js';
import type { SecretReceiver } from '../management/receiver.repository.js';

/** As the `ruleId` of an alert that is of no rule: a test, and that a receiver is not reached. */
export const NO_RULE = '0';

/** What is said of one alert. reminder: it still fires. */
export type ToldTransition = AlertChange['transition'] | 'reminder';

/** One alert in a message. */
export interface ToldAlert {
  /** The same on every attempt. */
  readonly dedupKey: string;
  readonly transition: ToldTransition;
  /** Of the alert at this receiver, from its first message to its last. */
  readonly incident: string;
  readonly alert: AlertSnapshot;
}

/** What is told to one receiver at once. Settled before the first attempt: each attempt says the same. */
export interface AlertMessage {
  readonly id: string;
  /** The same on every attempt, and that of no other message. */
  readonly key: string;
  /** Null: a digest of several groups. */
  readonly groupKey: string | null;
  /** From 1. */
  readonly attempt: number;
  readonly alerts: readonly ToldAlert[];
  /** Of the message's incidents, those in which something fires after it. */
  readonly openIncidents: ReadonlySet<string>;
}

/** A message on its way. */
export interface Delivery {
  readonly receiver: SecretReceiver;
  readonly message: AlertMessage;
}

/** Whether something of it fires. */
export function isFiring({ transition }: Pick<ToldAlert, 'transition'>): boolean {
  return transition !== 'resolved';
}
