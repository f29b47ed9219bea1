import { Cluster, Redis } from 'ioredis';
import type { RedisConfig } from '../../config/index.js';
import type { Ids } from '../../kernel/ids.js';

/** A connection to one server or to a cluster; both know the same commands and events. */
export type RedisClient = Redis | Cluster;

/** The two connections of a link; not connected yet. */
export interface RedisClients {
  /** Fails fast. */
  readonly commands: RedisClient;
  /** Waits for Redis for as long as it takes. One node of a cluster: messages reach all of them. */
  readonly subscriber: Redis;
  /** For a cluster: another one that waits, of one of its nodes ("host:port"). */
  readonly subscriberOf?: (address: string) => Redis;
}

const FIRST_DELAY_MS = 50;
/** Short enough for Redis to be in use again within a second of its return. */
const MAX_DELAY_MS = 500;
const CONNECT_TIMEOUT_MS = 2_000;
/** A connection on which nothing came for this long, though something was asked, is given up: a host that vanished. */
const SILENT_MS = 5_000;
const CLUSTER_RETRIES = 3;
const CLUSTER_RETRY_MS = 50;
/** A subscriber runs no commands that would tell it of slots that moved. */
const SLOTS_REFRESH_MS = 5_000;

/** The clients for what the environment names; undefined when it names no Redis. */
export function createClients(config: RedisConfig, ids: Ids): RedisClients | undefined {
  const backOff = (attempt: number): number => {
    const fullMs = Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(attempt - 1, 10));
    return fullMs / 2 + ids.fraction() * (fullMs / 2);
  };
  const shared = { connectTimeout: CONNECT_TIMEOUT_MS, socketTimeout: SILENT_MS, lazyConnect: true };
  const failFast = {
    ...shared,
    commandTimeout: config.commandTimeoutMs,
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
    // A command that was under way when the connection broke has failed; it must not run a second time.
    autoResendUnfulfilledCommands: false,
  };
  const patient = { ...shared, maxRetriesPerRequest: null, autoResubscribe: false, retryStrategy: backOff };
  if (config.url !== undefined) {
    const url = config.url.reveal();
    return {
      commands: new Redis(url, { ...failFast, retryStrategy: backOff }),
      subscriber: new Redis(url, patient),
    };
  }
  if (config.clusterNodes === undefined) return undefined;
  return {
    commands: createCluster(config.clusterNodes, failFast, backOff),
    subscriber: createRovingClient(config.clusterNodes, patient),
    subscriberOf: (address) => new Redis({ ...patient, ...toAddress(address) }),
  };
}

type BackOff = (attempt: number) => number;

/** What may be said of a single connection and of one inside a cluster alike. */
interface FailFast {
  readonly lazyConnect: boolean;
  readonly enableOfflineQueue: boolean;
  readonly connectTimeout: number;
  readonly socketTimeout: number;
  readonly commandTimeout: number;
  readonly maxRetriesPerRequest: number;
  readonly autoResendUnfulfilledCommands: boolean;
}

interface Patient {
  readonly lazyConnect: boolean;
  readonly connectTimeout: number;
  readonly socketTimeout: number;
  readonly maxRetriesPerRequest: null;
  readonly autoResubscribe: boolean;
  readonly retryStrategy: BackOff;
}

function createCluster(
  nodes: readonly string[],
  { lazyConnect, enableOfflineQueue, ...redisOptions }: FailFast,
  backOff: BackOff,
): Cluster {
  return new Cluster([...nodes], {
    lazyConnect,
    enableOfflineQueue,
    redisOptions,
    clusterRetryStrategy: backOff,
    slotsRefreshInterval: SLOTS_REFRESH_MS,
    maxRedirections: CLUSTER_RETRIES,
    retryDelayOnFailover: CLUSTER_RETRY_MS,
    retryDelayOnClusterDown: CLUSTER_RETRY_MS,
  });
}

/** A client of one node at a time, of the next one after each loss. Its loss is heard at once, unlike a cluster's. */
function createRovingClient(nodes: readonly string[], { retryStrategy, ...options }: Patient): Redis {
  const addresses = nodes.map(toAddress);
  let current = 0;
  const client: Redis = new Redis({
    ...options,
    ...addresses[0],
    retryStrategy: (attempt) => {
      current = (current + 1) % addresses.length;
      Object.assign(client.options, addresses[current]);
      return retryStrategy(attempt);
    },
  });
  return client;
}

function toAddress(node: string): { readonly host: string; readonly port: number } {
  const colon = node.lastIndexOf(':');
  return { host: node.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(node.slice(colon + 1)) };
}
