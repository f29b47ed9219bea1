import type { z } from 'zod';
import type { ReceiverKind } from '../../model/receiver.js';
import type { Delivery } from '../message.js';

/**
 * What came of an attempt. `reason` is for people: it holds no secret and nothing of the answer's body.
 * retry: another attempt may help, not before `afterMs` if the receiver said so; `isUntold`: this one surely did not
 * reach it. refused: no attempt will help.
 */
export type SendOutcome =
  | { readonly kind: 'sent' }
  | {
      readonly kind: 'retry';
      readonly reason: string;
      readonly isUntold: boolean;
      readonly afterMs?: number;
    }
  | { readonly kind: 'refused'; readonly reason: string };

/** What a receiver of a kind is made of. */
export interface ReceiverForm {
  readonly settings: z.ZodType<Record<string, unknown>>;
  readonly secrets: z.ZodType<Record<string, unknown>>;
}

/** Tells receivers of one kind. */
export interface AlertSender {
  readonly kind: ReceiverKind;
  /** Alerts that one message can stand for. */
  readonly maxAlerts: number;
  /** Never rejects. Ends soon after `signal` aborts, which counts as a timeout. */
  send(delivery: Delivery, signal: AbortSignal): Promise<SendOutcome>;
}
