import type { ChaosOrder } from './chaos-worker.js';

/** How a process full of clients is started. */
export interface ClientsOrder extends ChaosOrder {
  readonly url: string;
  readonly key: string;
  /** One client for each: the layout that it follows. */
  readonly layouts: readonly string[];
}

/** What a process of clients has seen so far. */
export interface ClientsFigures {
  /** Clients that are connected, and in their layouts. */
  readonly open: number;
  /** Clients that have heard that they follow their layout. */
  readonly subscribed: number;
  /** When the last one came (back), by the clock of the machine. */
  readonly lastOpenedAtMs: number;
  readonly connects: number;
  readonly events: number;
  /** Numbers that were left out on the wire, and numbers that came again. */
  readonly lost: number;
  readonly doubled: number;
  readonly gaps: number;
  /** Events that clients were told when they had come back. */
  readonly replayed: number;
  /** Clients that gave up. */
  readonly stopped: readonly string[];
  /** The least number that a client of a layout has got to. */
  readonly reached: Readonly<Record<string, number>>;
}

export interface FromClients {
  readonly kind: 'figures';
  readonly process: number;
  readonly figures: ClientsFigures;
}

export interface ToClients {
  readonly kind: 'end';
}
