import { type CacheService } from '../../src/cache/index.js';
import { createCache } from '../../src/cache/create-cache.js';
import { type CacheConfig, readSettings } from '../../src/config/index.js';
import { SystemClock } from '../../src/kernel/clock.js';
import { RandomIds } from '../../src/kernel/ids.js';
import { AbsentRedis } from '../../src/platform/redis/absent-redis.js';
import { ConnectedRedis } from '../../src/platform/redis/connected-redis.js';
import { createClients } from '../../src/platform/redis/redis-clients.js';
import { MetricRegistry } from '../../src/platform/telemetry/index.js';
import { CollectingLogger } from '../../test/support/collecting-logger.js';

/** The cache that is measured, as an application has it. */
export interface Subject {
  readonly cache: CacheService;
  readonly close: () => Promise<void>;
}

/** With the default settings but for those given; without a URL there is no Redis. */
export async function openSubject(url?: string, settings: Partial<CacheConfig> = {}): Promise<Subject> {
  const { cache: defaults, redis: redisConfig } = readSettings(url === undefined ? {} : { REDIS_URL: url });
  const clock = new SystemClock();
  const ids = new RandomIds();
  const logger = new CollectingLogger();
  const clients = createClients(redisConfig, ids);
  const redis = clients === undefined ? new AbsentRedis(logger) : new ConnectedRedis(clients, clock, logger);
  await redis.onModuleInit();
  const config = { ...defaults, ...settings };
  const running = createCache({ config, redis, clock, ids, logger, registry: new MetricRegistry() });
  await running.start();
  return {
    cache: running.cache,
    close: async () => {
      await running.stop();
      if (redis instanceof ConnectedRedis) await redis.onApplicationShutdown();
    },
  };
}
