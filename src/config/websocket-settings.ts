import type { Environment } from './environment.js';

/** What the WebSocket gateway lets in, and how it batches. */
export interface WebSocketConfig {
  /** Over all instances. */
  readonly maxConnectionsPerTenant: number;
  readonly maxConnectionsPerLayout: number;
  /** All connections of an API key are one user. */
  readonly maxConnectionsPerUser: number;
  /** After the first frame of a channel the next ones leave together, so often at most. */
  readonly batchIntervalMs: number;
  /** Entries of one frame. */
  readonly maxBatchSize: number;
  /** From one address. */
  readonly connectsPerSecond: number;
  /** Origins of pages that may connect; empty: pages of this very host. */
  readonly origins: readonly string[];
  /** A client that says nothing for as long is asked for a sign of life, and has as long to give one. */
  readonly heartbeatMs: number;
  /** Frames to clients that are larger are deflated, for clients that take it; 0: none. */
  readonly compressAboveBytes: number;
}

export function groupWebSocket(env: Environment): WebSocketConfig {
  return {
    maxConnectionsPerTenant: env.WEBSOCKET_MAX_CONNECTIONS_PER_TENANT,
    maxConnectionsPerLayout: env.WEBSOCKET_MAX_CONNECTIONS_PER_LAYOUT,
    maxConnectionsPerUser: env.WEBSOCKET_MAX_CONNECTIONS_PER_USER ?? env.WEBSOCKET_MAX_CONNECTIONS_PER_TENANT,
    batchIntervalMs: env.WEBSOCKET_BATCH_INTERVAL_MS,
    maxBatchSize: env.WEBSOCKET_MAX_BATCH_SIZE,
    connectsPerSecond: env.WEBSOCKET_CONNECTS_PER_SECOND,
    origins: env.WEBSOCKET_ORIGINS ?? [],
    heartbeatMs: env.WEBSOCKET_HEARTBEAT_MS,
    compressAboveBytes: env.WEBSOCKET_COMPRESS_ABOVE_BYTES,
  };
}
