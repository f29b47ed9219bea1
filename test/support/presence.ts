import { readSettings, type WebSocketConfig } from '../../src/config/index.js';
import type { Clock } from '../../src/kernel/clock.js';
import { SystemClock } from '../../src/kernel/clock.js';
import { RandomIds } from '../../src/kernel/ids.js';
import { AbsentRedis, connectRedis, type RedisLink } from '../../src/platform/redis/index.js';
import { createPresence, type RunningPresence } from '../../src/presence/create-presence.js';
import type { Connection, Outlet } from '../../src/presence/index.js';
import { CollectingLogger } from './collecting-logger.js';

/** One instance of presence as an application has it, with connections of its own. */
export interface PresenceInstance extends RunningPresence {
  readonly redis: RedisLink;
  readonly instanceId: string;
  /** A connection of `userId` at tenant 1. */
  connect(userId: string, outlet?: Outlet): Promise<Connection>;
  /** As when its host is lost: it takes leave of nobody, and never comes back. */
  cutOff(): Promise<void>;
  close(): Promise<void>;
}

/** What a test may choose. */
export interface PresenceOptions {
  /** Without one there is no Redis. */
  readonly url?: string;
  readonly clusterNodes?: readonly string[];
  readonly namespace?: string;
  readonly settings?: Partial<WebSocketConfig>;
  readonly clock?: Clock;
  /** Stands between presence and its Redis. */
  readonly through?: (link: RedisLink) => RedisLink;
}

const NOBODY: Outlet = { send: () => undefined };

export async function startPresence({
  url,
  clusterNodes,
  namespace = 'test',
  settings,
  clock = new SystemClock(),
  through = (link) => link,
}: PresenceOptions = {}): Promise<PresenceInstance> {
  const { webSocket: defaults, redis: redisConfig } = readSettings({
    REDIS_URL: url,
    REDIS_CLUSTER_NODES: clusterNodes?.join(','),
  });
  const ids = new RandomIds();
  const logger = new CollectingLogger();
  const isAlone = url === undefined && clusterNodes === undefined;
  const own = isAlone ? undefined : connectRedis(redisConfig, { ids, clock, logger });
  await own?.open();
  const redis = own === undefined ? new AbsentRedis(logger) : through(own.link);
  const running = createPresence({ config: { ...defaults, ...settings }, redis, clock, ids, namespace });
  await running.start();
  let isCutOff = false;
  return Object.assign(running, {
    redis,
    instanceId: ids.instanceId,
    connect: (userId: string, outlet = NOBODY) =>
      running.hub.connect({ connectionId: ids.token(12), tenantId: '1', userId, name: userId }, outlet),
    cutOff: async () => {
      isCutOff = true;
      await own?.close();
    },
    close: async () => {
      if (!isCutOff) await running.leave();
      running.stop();
      if (!isCutOff) await own?.close();
    },
  });
}
