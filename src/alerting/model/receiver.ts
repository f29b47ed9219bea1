/** How a receiver is reached. gateway: browsers that are connected, and GET /api/alerts/stream. */
export type ReceiverKind = 'slack' | 'pagerduty' | 'webhook' | 'email' | 'gateway';

/** Where notifications go, without its secrets. */
export interface AlertReceiver {
  readonly id: string;
  readonly tenantId: string;
  readonly name: string;
  readonly kind: ReceiverKind;
  /** What may be shown: by kind, for example the recipients of an e-mail. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Labels whose values make up a group: alerts of a group are told together. */
  readonly groupBy: readonly string[];
  /** A new group waits so long for more. */
  readonly groupWaitMs: number;
  /** What is new in a group that was told of waits so long. */
  readonly groupIntervalMs: number;
  /** An alert that goes on is told again after so long. */
  readonly repeatMs: number;
  readonly sendsResolved: boolean;
}
