import {
  type BeforeApplicationShutdown,
  type DynamicModule,
  Injectable,
  Module,
  type OnModuleInit,
} from '@nestjs/common';
import { CACHE_CONFIG, type CacheConfig } from '../config/index.js';
import { Clock } from '../kernel/clock.js';
import { Ids } from '../kernel/ids.js';
import { Logger } from '../platform/logging/index.js';
import { RedisLink, RedisModule } from '../platform/redis/index.js';
import { MetricRegistry } from '../platform/telemetry/index.js';
import { CacheService } from './cache.service.js';
import { createCache, RunningCache } from './create-cache.js';
import { CacheEvents } from './invalidation-events.js';

/** Starts the cache with the application, and stops it when the last request has been answered. */
@Injectable()
export class CacheLife implements OnModuleInit, BeforeApplicationShutdown {
  constructor(private readonly running: RunningCache) {}

  onModuleInit(): Promise<void> {
    return this.running.start();
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.running.stop();
  }
}

/** The cache, everywhere. Needs the global platform modules: config, runtime, logging, telemetry, redis. */
@Module({})
export class CacheModule {
  /** @param overrides settings that differ from those of the environment */
  static forRoot(overrides: Partial<CacheConfig> = {}): DynamicModule {
    return {
      module: CacheModule,
      global: true,
      imports: [RedisModule],
      providers: [
        {
          provide: RunningCache,
          inject: [CACHE_CONFIG, RedisLink, Clock, Ids, Logger, MetricRegistry],
          // One argument for each injected thing: Nest gives them by position.
          useFactory: (...[config, redis, clock, ids, logger, registry]: Injected): RunningCache =>
            createCache({ config: { ...config, ...overrides }, redis, clock, ids, logger, registry }),
        },
        { provide: CacheService, inject: [RunningCache], useFactory: ({ cache }: RunningCache) => cache },
        CacheLife,
        CacheEvents,
      ],
      exports: [CacheService, CacheEvents],
    };
  }
}

type Injected = readonly [CacheConfig, RedisLink, Clock, Ids, Logger, MetricRegistry];
