import { Global, Module } from '@nestjs/common';
import { REDIS_CONFIG, type RedisConfig } from '../../config/index.js';
import { Clock } from '../../kernel/clock.js';
import { Ids } from '../../kernel/ids.js';
import { HealthModule } from '../health/index.js';
import { Logger } from '../logging/index.js';
import { AbsentRedis } from './absent-redis.js';
import { ConnectedRedis } from './connected-redis.js';
import { createClients } from './redis-clients.js';
import { RedisHealth } from './redis-health.js';
import { RedisLink } from './redis-link.js';

/** The link to Redis, or its absence, everywhere. */
@Global()
@Module({
  imports: [HealthModule],
  providers: [
    {
      provide: RedisLink,
      inject: [REDIS_CONFIG, Ids, Clock, Logger],
      useFactory: (config: RedisConfig, ids: Ids, clock: Clock, logger: Logger): RedisLink => {
        const clients = createClients(config, ids);
        return clients === undefined ? new AbsentRedis(logger) : new ConnectedRedis(clients, clock, logger);
      },
    },
    RedisHealth,
  ],
  exports: [RedisLink],
})
export class RedisModule {}
