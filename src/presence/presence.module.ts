import { Injectable, Module, type OnApplicationShutdown } from '@nestjs/common';
import { WEBSOCKET_CONFIG, type WebSocketConfig } from '../config/index.js';
import { Clock } from '../kernel/clock.js';
import { Ids } from '../kernel/ids.js';
import { ConnectionLimits } from './coordination/connection-limits.js';
import { LocalBus } from './coordination/local-bus.js';
import { LocalLimits } from './coordination/local-limits.js';
import { LocalReplayLog } from './coordination/local-replay-log.js';
import type { PlaceLimits } from './coordination/places.js';
import { PresenceBus } from './coordination/presence-bus.js';
import { ReplayLog } from './coordination/replay-log.js';
import { PresenceHub } from './presence-hub.js';

/** Stops the hub with the application. */
@Injectable()
export class PresenceLife implements OnApplicationShutdown {
  constructor(private readonly hub: PresenceHub) {}

  onApplicationShutdown(): void {
    this.hub.close();
  }
}

function placeLimits(config: WebSocketConfig): PlaceLimits {
  return {
    tenant: config.maxConnectionsPerTenant,
    user: config.maxConnectionsPerUser,
    layout: config.maxConnectionsPerLayout,
  };
}

/** Who is connected and where. Needs the global platform modules: config, runtime, logging, telemetry, redis. */
@Module({
  providers: [
    {
      provide: ConnectionLimits,
      inject: [WEBSOCKET_CONFIG],
      useFactory: (config: WebSocketConfig): ConnectionLimits => new LocalLimits(placeLimits(config)),
    },
    { provide: PresenceBus, useClass: LocalBus },
    {
      provide: ReplayLog,
      inject: [Clock, Ids],
      useFactory: (clock: Clock, ids: Ids): ReplayLog => new LocalReplayLog(clock, ids),
    },
    {
      provide: PresenceHub,
      inject: [WEBSOCKET_CONFIG, Clock, ConnectionLimits],
      useFactory: (config: WebSocketConfig, clock: Clock, limits: ConnectionLimits): PresenceHub =>
        new PresenceHub({ config, clock, limits }),
    },
    PresenceLife,
  ],
  exports: [PresenceHub, PresenceBus, ReplayLog],
})
export class PresenceModule {}
