import type { ChaosOrder } from './chaos-worker.js';

/** Alerts of a run; their ids count from 1. */
export const ALERTS = 300;

/** How a process of a delivery run is started. */
export interface DeliveryOrder extends ChaosOrder {
  readonly databaseUrl: string;
  readonly seed: number;
  /** False in the control arm: what waits is sent without a lease, the newest first. */
  readonly isCareful: boolean;
  readonly transitions: number;
}

/** What a process tells the run. */
export type FromDeliveryWorker =
  { readonly kind: 'ready' } | { readonly kind: 'ended'; readonly complaints: readonly string[] };

/** What the run tells a process. */
export interface ToDeliveryWorker {
  readonly kind: 'begin' | 'end';
}
