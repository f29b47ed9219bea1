import {
  type BeforeApplicationShutdown,
  Injectable,
  Module,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import { CACHE_CONFIG, type CacheConfig, WEBSOCKET_CONFIG, type WebSocketConfig } from '../config/index.js';
import { Clock } from '../kernel/clock.js';
import { Ids } from '../kernel/ids.js';
import { RedisLink, RedisModule } from '../platform/redis/index.js';
import { PresenceBus } from './coordination/presence-bus.js';
import { ReplayLog } from './coordination/replay-log.js';
import { createPresence, RunningPresence } from './create-presence.js';
import { PresenceHub } from './presence-hub.js';
import { PresenceMetrics } from './presence-metrics.js';

/** Starts presence with the application, and leaves the other instances while Redis is still connected. */
@Injectable()
export class PresenceLife implements OnModuleInit, BeforeApplicationShutdown, OnApplicationShutdown {
  constructor(private readonly running: RunningPresence) {}

  onModuleInit(): Promise<void> {
    return this.running.start();
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.running.leave();
  }

  onApplicationShutdown(): void {
    this.running.stop();
  }
}

/** Who is connected and where. Needs the global platform modules: config, runtime, logging, telemetry, redis. */
@Module({
  imports: [RedisModule],
  providers: [
    {
      provide: RunningPresence,
      inject: [WEBSOCKET_CONFIG, CACHE_CONFIG, RedisLink, Clock, Ids],
      // One argument for each injected thing: Nest gives them by position.
      useFactory: (...[config, cache, redis, clock, ids]: Injected): RunningPresence =>
        createPresence({ config, redis, clock, ids, namespace: cache.namespace }),
    },
    { provide: PresenceHub, inject: [RunningPresence], useFactory: ({ hub }: RunningPresence) => hub },
    { provide: PresenceBus, inject: [RunningPresence], useFactory: ({ bus }: RunningPresence) => bus },
    { provide: ReplayLog, inject: [RunningPresence], useFactory: ({ log }: RunningPresence) => log },
    PresenceLife,
    PresenceMetrics,
  ],
  exports: [PresenceHub, PresenceBus, ReplayLog],
})
export class PresenceModule {}

type Injected = readonly [WebSocketConfig, CacheConfig, RedisLink, Clock, Ids];
