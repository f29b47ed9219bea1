import type { TableLayout } from './lock-table.js';

/** Where the thread prolongs locks. */
export type ExtensionServers =
  | { readonly kind: 'redis'; readonly urls: readonly string[]; readonly clusterNodes: readonly string[] }
  | { readonly kind: 'postgres'; readonly url: string };

/** What the thread is started with. */
export interface ExtensionOrder {
  readonly servers: ExtensionServers;
  readonly commandTimeoutMs: number;
  /** One number: the moment, on the clock of `offsetMs`, at which the event loop last turned. */
  readonly heartbeat: SharedArrayBuffer;
  /** An event loop that stood still for longer keeps no lock. */
  readonly blockedMs: number;
  /** The locks to be prolonged: pages of shared memory. */
  readonly layout: TableLayout;
  readonly pages: readonly SharedArrayBuffer[];
  /** Process time in ms minus this is the application's monotonic clock. */
  readonly offsetMs: number;
}

/** To the thread: a further page of the table of held locks. */
export interface TablePage {
  readonly page: SharedArrayBuffer;
}

/** From the thread. */
export type ExtensionNews =
  | { readonly kind: 'extended'; readonly id: string; readonly validUntilMs: number }
  | { readonly kind: 'lost'; readonly id: string }
  | { readonly kind: 'ready' }
  | { readonly kind: 'failed'; readonly reason: string };
