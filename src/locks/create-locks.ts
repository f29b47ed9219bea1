import type { LocksConfig, RedisConfig, Secret } from '../config/index.js';
import type { Clock, Timer } from '../kernel/clock.js';
import type { Ids } from '../kernel/ids.js';
import type { Database } from '../platform/database/index.js';
import type { Logger } from '../platform/logging/index.js';
import { connectRedis, type OwnRedisLink, type RedisLink } from '../platform/redis/index.js';
import type { MetricRegistry } from '../platform/telemetry/index.js';
import { type Extender, NoExtender } from './extension/extender.js';
import type { ExtensionServers } from './extension/messages.js';
import { ThreadExtender } from './extension/thread-extender.js';
import { LockKeeper } from './lock-keeper.js';
import { LockQueue } from './lock-queue.js';
import { LockService } from './lock.service.js';
import { LockMetrics } from './monitoring/lock-metrics.js';
import { LockStatistics } from './monitoring/lock-statistics.js';
import type { LockStore } from './stores/lock-store.js';
import { LockLeaseRepository } from './stores/lock-lease.repository.js';
import { PostgresLockStore } from './stores/postgres-store.js';
import { ProcessLockStore } from './stores/process-store.js';
import { QuorumLockStore } from './stores/quorum-store.js';
import { lockKeys } from './stores/redis-lock-keys.js';
import { RedisLockStore } from './stores/redis-store.js';

const TICK_MS = 1_000;
/** An attempt that takes longer than this has failed, and another server may vote: of LOCK_TTL_MS at most a tenth. */
const VOTE_TIMEOUT_MS = 150;

/** What locks need of the world around them. */
export interface LockSurroundings {
  readonly config: LocksConfig;
  readonly redisConfig: RedisConfig;
  readonly redis: RedisLink;
  readonly database: Database;
  readonly databaseUrl: string;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
  readonly registry: MetricRegistry;
}

/** Where locks are taken from, by the settings. */
export type LockBackend = 'process' | 'postgres' | 'redis' | 'redis-quorum';

/** Locks and their life. */
export abstract class RunningLocks {
  abstract readonly locks: LockService;
  abstract start(): Promise<void>;
  abstract stop(): Promise<void>;
}

/** The backend that settings name; "auto" takes Redis when there is one. @param isEmbedded the database is ours alone */
export function backendOf(config: LocksConfig, redis: RedisConfig, isEmbedded: boolean): LockBackend {
  const { backend, redisUrls = [] } = config;
  const hasRedis = redisUrls.length > 0 || redis.url !== undefined || redis.clusterNodes !== undefined;
  if (backend === 'redis' || (backend === 'auto' && hasRedis)) {
    return redisUrls.length > 1 ? 'redis-quorum' : 'redis';
  }
  if (backend === 'auto') return isEmbedded ? 'process' : 'postgres';
  return backend;
}

/** A text that is the same for all instances which share their locks. */
export function identityOf(
  backend: LockBackend,
  around: Pick<LockSurroundings, 'config' | 'redisConfig' | 'ids'>,
): string {
  const { namespace } = around.config;
  if (backend === 'process') return `process ${around.ids.instanceId}`;
  if (backend === 'postgres') return backend;
  return `${backend} ${serversOf(around).names.sort().join(' ')} ${namespace}`;
}

/** Puts locks together. @param isFirstUse no lock was ever taken from this backend */
export function createLocks(
  backend: LockBackend,
  around: LockSurroundings,
  isFirstUse: boolean,
): RunningLocks {
  const { clock, ids, logger, config, registry } = around;
  const statistics = new LockStatistics();
  const own: OwnRedisLink[] = [];
  const servers: RedisLockStore[] = [];
  const store = createStore(backend, around, { isFirstUse, own, servers });
  const extender = createExtender(backend, around, statistics);
  const queue = new LockQueue(store, clock, statistics, ids);
  const keeper = new LockKeeper({ store, extender, clock, logger, statistics });
  const locks = new LockService({ store, queue, keeper, statistics, clock, ids, logger, defaults: config });
  const metrics = new LockMetrics(registry, statistics.counters, () => keeper.held().length);
  let timer: Timer | undefined;
  const tick = (): void => {
    metrics.tick();
    timer = clock.after(TICK_MS, tick);
  };
  return {
    locks,
    start: async () => {
      await Promise.all(own.map((link) => link.open()));
      await Promise.all(servers.map((server) => server.start()));
      await extender.start();
      tick();
    },
    stop: async () => {
      timer?.cancel();
      keeper.stop();
      await extender.stop();
      await Promise.all(own.map((link) => link.close()));
    },
  };
}

/** What making a store opens on the way. */
interface StoreMaking {
  readonly isFirstUse: boolean;
  readonly own: OwnRedisLink[];
  readonly servers: RedisLockStore[];
}

function createStore(
  backend: LockBackend,
  around: LockSurroundings,
  { isFirstUse, own, servers }: StoreMaking,
): LockStore {
  const { config, clock, ids, database } = around;
  if (backend === 'process') return new ProcessLockStore(clock);
  if (backend === 'postgres') return new PostgresLockStore(new LockLeaseRepository(database));
  const keys = lockKeys(config.namespace);
  const { maxTtlMs } = config;
  const parts = { keys, instanceId: ids.instanceId, clock, maxTtlMs, isFirstUse };
  const { names } = serversOf(around);
  const links = config.redisUrls?.map((url) => openLink(url, around, own)) ?? [around.redis];
  const nodes = links.map((redis, index) => {
    const name = names[index] ?? 'redis';
    return { name, redis, store: new RedisLockStore({ ...parts, redis, node: name }) };
  });
  servers.push(...nodes.map(({ store }) => store));
  const [first] = nodes;
  return nodes.length === 1 && first !== undefined ? first.store : new QuorumLockStore(nodes, keys, ids);
}

function openLink(url: Secret, around: LockSurroundings, own: OwnRedisLink[]): RedisLink {
  const commandTimeoutMs = Math.min(VOTE_TIMEOUT_MS, around.config.ttlMs / 10);
  const link = connectRedis({ url, commandTimeoutMs }, around);
  own.push(link);
  return link.link;
}

function createExtender(
  backend: LockBackend,
  around: LockSurroundings,
  statistics: LockStatistics,
): Extender {
  const { config, redisConfig, databaseUrl, clock, logger } = around;
  if (backend === 'process') return new NoExtender();
  const { urls, clusterNodes } = serversOf(around);
  const servers: ExtensionServers =
    backend === 'postgres' ? { kind: 'postgres', url: databaseUrl } : { kind: 'redis', urls, clusterNodes };
  const { commandTimeoutMs } = redisConfig;
  const { counters } = statistics;
  return new ThreadExtender({
    servers,
    commandTimeoutMs,
    blockedMs: config.blockedMs,
    clock,
    logger,
    counters,
  });
}

/** Addresses with credentials, and names without. */
function serversOf({ config, redisConfig }: Pick<LockSurroundings, 'config' | 'redisConfig'>): {
  readonly urls: string[];
  readonly clusterNodes: readonly string[];
  readonly names: string[];
} {
  const { redisUrls } = config;
  const secrets = redisUrls ?? (redisConfig.url === undefined ? [] : [redisConfig.url]);
  const urls = secrets.map((secret) => secret.reveal());
  const clusterNodes = redisUrls === undefined ? (redisConfig.clusterNodes ?? []) : [];
  const names = urls.map((url) => {
    const { host, pathname } = new URL(url);
    return `${host}${pathname}`;
  });
  return {
    urls,
    clusterNodes,
    names: clusterNodes.length > 0 ? [[...clusterNodes].sort().join(',')] : names,
  };
}
