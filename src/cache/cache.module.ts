import {
  type BeforeApplicationShutdown,
  type DynamicModule,
  Injectable,
  Module,
  type OnApplicationBootstrap,
  type OnModuleInit,
} from '@nestjs/common';
import { CACHE_CONFIG, type CacheConfig } from '../config/index.js';
import { Clock } from '../kernel/clock.js';
import { Ids } from '../kernel/ids.js';
import { DomainEvents, EventsModule } from '../platform/events/index.js';
import { Logger } from '../platform/logging/index.js';
import { RedisLink, RedisModule } from '../platform/redis/index.js';
import { MetricRegistry } from '../platform/telemetry/index.js';
import { CacheService } from './cache.service.js';
import { type CacheSurroundings, createCache, RunningCache } from './create-cache.js';
import { CacheEvents } from './invalidation-events.js';
import { CacheWarmer } from './warming/cache-warmer.js';
import { createWarmer, RunningWarmer } from './warming/create-warmer.js';

const SURROUNDINGS = Symbol('SURROUNDINGS');

/** Starts the cache with the application, and stops it when the last request has been answered. */
@Injectable()
export class CacheLife implements OnModuleInit, OnApplicationBootstrap, BeforeApplicationShutdown {
  constructor(
    private readonly running: RunningCache,
    private readonly warmer: RunningWarmer,
  ) {}

  onModuleInit(): Promise<void> {
    return this.running.start();
  }

  onApplicationBootstrap(): void {
    this.warmer.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.warmer.stop();
    await this.running.stop();
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
      imports: [RedisModule, EventsModule],
      providers: [
        {
          provide: SURROUNDINGS,
          inject: [CACHE_CONFIG, RedisLink, Clock, Ids, Logger, MetricRegistry, DomainEvents],
          // One argument for each injected thing: Nest gives them by position.
          useFactory: (
            ...[config, redis, clock, ids, logger, registry, events]: Injected
          ): CacheSurroundings => ({
            config: { ...config, ...overrides },
            redis,
            clock,
            ids,
            logger,
            registry,
            events,
          }),
        },
        { provide: RunningCache, inject: [SURROUNDINGS], useFactory: createCache },
        { provide: CacheService, inject: [RunningCache], useFactory: ({ cache }: RunningCache) => cache },
        { provide: RunningWarmer, inject: [CacheService, SURROUNDINGS], useFactory: createWarmer },
        { provide: CacheWarmer, inject: [RunningWarmer], useFactory: ({ warmer }: RunningWarmer) => warmer },
        CacheLife,
        CacheEvents,
      ],
      exports: [CacheService, CacheEvents, CacheWarmer],
    };
  }
}

type Injected = readonly [CacheConfig, RedisLink, Clock, Ids, Logger, MetricRegistry, DomainEvents];
