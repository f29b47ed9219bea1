import type { ExtensionTarget } from '../stores/lock-store.js';

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
  /** Process time in ms minus this is the application's monotonic clock. */
  readonly offsetMs: number;
}

/** A lock to be prolonged. */
export interface WatchedLock extends ExtensionTarget {
  readonly id: string;
  readonly ttlMs: number;
  readonly validUntilMs: number;
}

/** To the thread. */
export interface ExtensionChange {
  readonly watch: readonly WatchedLock[];
  readonly forget: readonly string[];
}

/** From the thread. */
export type ExtensionNews =
  | { readonly kind: 'extended'; readonly id: string; readonly validUntilMs: number }
  | { readonly kind: 'lost'; readonly id: string }
  | { readonly kind: 'ready' }
  | { readonly kind: 'failed'; readonly reason: string };
