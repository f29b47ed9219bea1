import { type CacheService, createCache } from '../../src/cache/index.js';
import { type CacheConfig, readSettings } from '../../src/config/index.js';
import type { Clock } from '../../src/kernel/clock.js';
import { SystemClock } from '../../src/kernel/clock.js';
import { RandomIds } from '../../src/kernel/ids.js';
import { AbsentRedis, RedisLink } from '../../src/platform/redis/index.js';
import { ConnectedRedis } from '../../src/platform/redis/connected-redis.js';
import { createClients } from '../../src/platform/redis/redis-clients.js';
import { MetricRegistry } from '../../src/platform/telemetry/index.js';
import { CollectingLogger } from './collecting-logger.js';

/** One instance of the cache as an application has it, with connections of its own. */
export interface CacheInstance {
  readonly cache: CacheService;
  readonly redis: RedisLink;
  readonly logger: CollectingLogger;
  /** As when its host is lost: it does not leave the others, and never comes back. */
  cutOff(): Promise<void>;
  close(): Promise<void>;
}

/** What a test may choose. */
export interface CacheInstanceOptions {
  /** Without one there is no Redis. */
  readonly url?: string;
  readonly clusterNodes?: readonly string[];
  readonly settings?: Partial<CacheConfig>;
  /** Default: as users have it. Longer where a Redis that is slow on a loaded machine would not be asked again. */
  readonly commandTimeoutMs?: number;
  readonly clock?: Clock;
  /** Stands between the cache and Redis: for control arms. */
  readonly wrap?: (redis: RedisLink) => RedisLink;
}

export async function startCache({
  url,
  clusterNodes,
  settings,
  commandTimeoutMs,
  clock = new SystemClock(),
  wrap = (redis) => redis,
}: CacheInstanceOptions = {}): Promise<CacheInstance> {
  const { cache: defaults, redis: redisConfig } = readSettings({
    ...(url !== undefined && { REDIS_URL: url }),
    ...(clusterNodes !== undefined && { REDIS_CLUSTER_NODES: clusterNodes.join(',') }),
    ...(commandTimeoutMs !== undefined && { REDIS_COMMAND_TIMEOUT_MS: `${commandTimeoutMs}` }),
  });
  const ids = new RandomIds();
  const logger = new CollectingLogger();
  const clients = createClients(redisConfig, ids);
  const redis = clients === undefined ? new AbsentRedis(logger) : new ConnectedRedis(clients, clock, logger);
  await redis.onModuleInit();
  const config = { ...defaults, ...settings };
  const registry = new MetricRegistry();
  const running = createCache({ config, redis: wrap(redis), clock, ids, logger, registry });
  await running.start();
  let disconnected: Promise<void> | undefined;
  const cutOff = (): Promise<void> =>
    (disconnected ??= redis instanceof ConnectedRedis ? redis.onApplicationShutdown() : Promise.resolve());
  return {
    cache: running.cache,
    redis,
    logger,
    cutOff,
    close: async () => {
      await running.stop();
      await cutOff();
    },
  };
}
