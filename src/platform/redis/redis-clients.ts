import { Cluster, Redis } from 'ioredis';
import type { RedisConfig } from '../../config/index.js';
import type { Ids } from '../../kernel/ids.js';

/** A connection to one server or to a cluster; both know the same commands and events. */
export type RedisClient = Redis | Cluster;

/** The two connections of a link; not connected yet. */
export interface RedisClients {
  /** Fails fast. */
  readonly commands: RedisClient;
  /** Waits for Redis for as long as it takes, and subscribes again after each loss. */
  readonly subscriber: RedisClient;
}

const FIRST_DELAY_MS = 50;
const MAX_DELAY_MS = 2_000;
const CONNECT_TIMEOUT_MS = 2_000;
/** A connection on which nothing came for this long, though something was asked, is given up: a host that vanished. */
const SILENT_MS = 5_000;
const CLUSTER_RETRIES = 3;
const CLUSTER_RETRY_MS = 50;

/** The clients for what the environment names; undefined when it names no Redis. */
export function createClients(config: RedisConfig, ids: Ids): RedisClients | undefined {
  const backOff = (attempt: number): number => {
    const fullMs = Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(attempt, 10));
    return fullMs / 2 + ids.fraction() * (fullMs / 2);
  };
  const shared = { connectTimeout: CONNECT_TIMEOUT_MS, socketTimeout: SILENT_MS };
  const failFast = { ...shared, commandTimeout: config.commandTimeoutMs, maxRetriesPerRequest: 0 };
  const patient = { ...shared, maxRetriesPerRequest: null };
  const connect = (options: SocketOptions, enableOfflineQueue: boolean): RedisClient | undefined =>
    connectTo(config, { options, enableOfflineQueue, backOff });
  const commands = connect(failFast, false);
  const subscriber = connect(patient, true);
  return commands && subscriber && { commands, subscriber };
}

/** What may be said of a single connection and of one inside a cluster alike. */
interface SocketOptions {
  readonly connectTimeout: number;
  readonly socketTimeout: number;
  readonly commandTimeout?: number;
  readonly maxRetriesPerRequest: number | null;
}

interface Connection {
  readonly options: SocketOptions;
  readonly enableOfflineQueue: boolean;
  readonly backOff: (attempt: number) => number;
}

function connectTo(
  { url, clusterNodes }: RedisConfig,
  { options, enableOfflineQueue, backOff }: Connection,
): RedisClient | undefined {
  const common = { lazyConnect: true, enableOfflineQueue };
  if (url !== undefined) return new Redis(url.reveal(), { ...options, ...common, retryStrategy: backOff });
  if (clusterNodes === undefined) return undefined;
  return new Cluster([...clusterNodes], {
    ...common,
    redisOptions: options,
    clusterRetryStrategy: backOff,
    maxRedirections: CLUSTER_RETRIES,
    retryDelayOnFailover: CLUSTER_RETRY_MS,
    retryDelayOnClusterDown: CLUSTER_RETRY_MS,
  });
}
