import type { WebSocketConfig } from '../config/index.js';
import type { Clock } from '../kernel/clock.js';
import type { Ids } from '../kernel/ids.js';
import type { RedisLink } from '../platform/redis/index.js';
import type { ConnectionLimits } from './coordination/connection-limits.js';
import { InstanceLeases } from './coordination/instance-leases.js';
import { LocalBus } from './coordination/local-bus.js';
import { LocalLimits } from './coordination/local-limits.js';
import { LocalPresence } from './coordination/local-presence.js';
import { LocalReplayLog } from './coordination/local-replay-log.js';
import type { PlaceLimits } from './coordination/places.js';
import type { PresenceBus } from './coordination/presence-bus.js';
import { presenceKeys } from './coordination/presence-keys.js';
import { RedisBus } from './coordination/redis-bus.js';
import { RedisPresence } from './coordination/redis-presence.js';
import { RedisReplayLog } from './coordination/redis-replay-log.js';
import type { ReplayLog } from './coordination/replay-log.js';
import { SharedLimits } from './coordination/shared-limits.js';
import { SharedPlaces } from './coordination/shared-places.js';
import type { SharedPresence } from './coordination/shared-presence.js';
import { type CoordinationState, PresenceHub } from './presence-hub.js';

/** What presence needs from around it. */
export interface PresenceSurroundings {
  readonly config: WebSocketConfig;
  readonly redis: RedisLink;
  readonly clock: Clock;
  readonly ids: Ids;
  /** Keeps deployments apart that share a Redis. */
  readonly namespace: string;
}

/** Presence that can be started and stopped. */
export class RunningPresence {
  constructor(
    readonly hub: PresenceHub,
    readonly bus: PresenceBus,
    readonly log: ReplayLog,
    private readonly life: Life,
  ) {}

  /** Never rejects, and waits for Redis for a command's time at most. */
  start(): Promise<void> {
    return this.life.start();
  }

  /** The others see at once that this instance is gone, and its places are theirs. Needs Redis. */
  leave(): Promise<void> {
    return this.life.stop();
  }

  /** Stops timers. */
  stop(): void {
    this.hub.close();
  }
}

interface Life {
  start(): Promise<void>;
  stop(): Promise<void>;
}

interface Coordinators {
  readonly limits: ConnectionLimits;
  readonly bus: PresenceBus;
  readonly shared: SharedPresence;
  readonly log: ReplayLog;
  readonly state: () => CoordinationState;
  readonly life: Life;
}

/** Presence over all instances by Redis, or of this instance alone when none is configured. */
export function createPresence(around: PresenceSurroundings): RunningPresence {
  const { redis, config, clock, ids } = around;
  const { limits, bus, shared, log, state, life } =
    redis.state === 'absent' ? coordinateAlone(around) : coordinateByRedis(around);
  const hub = new PresenceHub({
    config,
    clock,
    limits,
    ways: { bus, shared, clock },
    instanceId: ids.instanceId,
    coordination: state,
  });
  return new RunningPresence(hub, bus, log, life);
}

function coordinateAlone({ config, clock, ids }: PresenceSurroundings): Coordinators {
  const log = new LocalReplayLog(clock, ids);
  return {
    limits: new LocalLimits(placeLimits(config)),
    bus: new LocalBus(),
    shared: new LocalPresence(),
    log,
    state: () => ({ mode: 'local', aloneForMs: 0, instances: 1, failures: 0 }),
    life: {
      start: () => Promise.resolve(),
      stop: () => {
        log.close();
        return Promise.resolve();
      },
    },
  };
}

function coordinateByRedis({ config, redis, clock, ids, namespace }: PresenceSurroundings): Coordinators {
  const keys = presenceKeys(namespace);
  const { instanceId } = ids;
  const leases = new InstanceLeases(redis, clock, { keys, instanceId });
  const places = new SharedPlaces(redis, keys, instanceId);
  const limits = new SharedLimits({ redis, clock, places, leases, limits: placeLimits(config) });
  const shared = new RedisPresence({ redis, clock, keys, leases, instanceId });
  const bus = new RedisBus(redis, keys, instanceId);
  const log = new RedisReplayLog({ redis, clock, ids, keys });
  return {
    limits,
    bus,
    shared,
    log,
    state: () => ({
      mode: limits.aloneForMs > 0 ? 'alone' : 'shared',
      aloneForMs: limits.aloneForMs,
      instances: leases.count,
      failures: bus.failures + log.failures,
    }),
    life: {
      start: async () => {
        limits.start();
        shared.start();
        log.start();
        await leases.start();
      },
      stop: async () => {
        log.stop();
        await Promise.all([limits.stop(), shared.stop()]);
        await leases.stop();
      },
    },
  };
}

function placeLimits(config: WebSocketConfig): PlaceLimits {
  return {
    tenant: config.maxConnectionsPerTenant,
    user: config.maxConnectionsPerUser,
    layout: config.maxConnectionsPerLayout,
  };
}
