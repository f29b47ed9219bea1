import type { CacheConfig } from '../config/index.js';
import { CoarseClock } from '../kernel/coarse-clock.js';
import type { Clock } from '../kernel/clock.js';
import type { Ids } from '../kernel/ids.js';
import { type DomainEvents, EventType } from '../platform/events/index.js';
import type { Logger } from '../platform/logging/index.js';
import { AbsentRedis, type RedisLink } from '../platform/redis/index.js';
import type { MetricRegistry } from '../platform/telemetry/index.js';
import { CacheService } from './cache.service.js';
import { EVERYTHING, structuralCells } from './consistency/cells.js';
import { ClockFollower } from './consistency/clock-follower.js';
import { InvalidationBus } from './consistency/invalidation-bus.js';
import { InvalidationLog } from './consistency/invalidation-log.js';
import { Outbox } from './consistency/outbox.js';
import { Replica } from './consistency/replica.js';
import { BackOff } from './loading/back-off.js';
import { Flights } from './loading/flights.js';
import { Keeper } from './loading/keeper.js';
import { SharedValues } from './loading/shared-values.js';
import { TimedLoad } from './loading/timed-load.js';
import { Wakeups } from './loading/wakeups.js';
import { Writer } from './loading/writer.js';
import { LocalStore } from './local/local-store.js';
import type { CacheAlert } from './monitoring/cache-alerts.js';
import { CacheMetrics } from './monitoring/cache-metrics.js';
import { SelfAudit } from './monitoring/self-audit.js';
import { CacheStatistics } from './monitoring/statistics.js';
import { AbsentSharedStore } from './shared/absent-shared-store.js';
import { Breaker } from './shared/breaker.js';
import { RedisSharedStore } from './shared/redis-shared-store.js';
import type { SharedStore } from './shared/shared-store.js';
import { Upkeep } from './upkeep.js';
import { type RedisKeys, redisKeys } from './values/redis-keys.js';

/** A ratio of the cache became bad, or good again. */
export const CACHE_ALERT = new EventType<CacheAlert>('cache.alert');

/**
 * An instance that is no longer heard of may answer old values for CACHE_OUTAGE_STALE_MS: it counts as present for
 * that long and this much longer, so that no receipt says "everywhere" meanwhile.
 */
const PRESENCE_MARGIN_MS = 2_500;

/** What a cache needs of the world around it. */
export interface CacheSurroundings {
  readonly config: CacheConfig;
  readonly redis: RedisLink;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
  readonly registry: MetricRegistry;
  /** Who is to hear of alerts. */
  readonly events?: DomainEvents;
}

/** A cache and its life. */
export abstract class RunningCache {
  abstract readonly cache: CacheService;
  /** Joins the other instances. Bounded; serves without them while Redis does not answer. */
  abstract start(): Promise<void>;
  abstract stop(): Promise<void>;
}

/** Puts a cache together. Several may live in one process, each with a registry and a namespace of its own. */
export function createCache(around: CacheSurroundings): RunningCache {
  const { config, clock, ids } = around;
  const redis = config.isEnabled ? around.redis : new AbsentRedis(around.logger);
  const keys = redisKeys(config.namespace);
  const store = redis.state === 'absent' ? new AbsentSharedStore() : new RedisSharedStore(redis, keys);
  const statistics = createStatistics(around);
  const local = createLocalStore(config, statistics);
  const replica = createReplica(local, (key) => flights.detach(key));
  const bus = createBus({ ...around, redis }, { keys, store, replica, statistics });
  const tiers = { local, replica, bus, clock, statistics };
  const shared = createSharedValues(config, store, tiers);
  const keeper = new Keeper({ ...tiers, shared, ids, ...config });
  const wakeups = new Wakeups(clock, keys.loadName);
  const loading = { ...tiers, shared, keeper, leaseMs: config.leaseMs, nextToken: tokensOf(ids) };
  const timedLoad = new TimedLoad(clock, statistics);
  const flights: Flights = new Flights({ ...loading, timedLoad, wakeups }, new BackOff(clock, ids));
  const { outageStaleMs } = config;
  const coarseClock = new CoarseClock(clock);
  const writer = new Writer(loading);
  const cache = new CacheService({
    ...tiers,
    shared,
    flights,
    writer,
    coarseClock,
    defaults: config,
    outageStaleMs,
  });
  const upkeep = createUpkeep(around, tiers);
  return {
    cache,
    start: () => {
      redis.subscribe(keys.loadsChannel, (name) => wakeups.wake(name));
      upkeep.start();
      return bus.start();
    },
    stop: () => {
      upkeep.stop();
      return bus.stop();
    },
  };
}

function createStatistics({ config, clock, ids, events, logger }: CacheSurroundings): CacheStatistics {
  const bounds = { maxEntries: config.maxEntries, maxBytes: config.maxBytes };
  const tellAlert = (alert: CacheAlert): void => {
    if (alert.state === 'raised') logger.warn('The cache does its work badly', { ...alert });
    else logger.info('The cache works well again', { ...alert });
    events?.publish(CACHE_ALERT, alert);
  };
  return new CacheStatistics({ clock, ids, bounds, tellAlert });
}

function createUpkeep({ clock, ids, logger, registry }: CacheSurroundings, tiers: Tiers): Upkeep {
  const { local, bus, statistics } = tiers;
  const { counters } = statistics;
  statistics.watch(local);
  const metrics = new CacheMetrics(registry, counters, {
    entries: () => local.size,
    bytes: () => local.bytes,
    isJoined: () => (bus.state === 'cut-off' ? 0 : 1),
  });
  const agrees = async (key: string): Promise<boolean | undefined> => {
    const cells = [EVERYTHING, ...structuralCells(key), ...(local.find(key, false)?.cells ?? [])];
    return bus.state === 'live' ? bus.follower.agreesOn(cells) : undefined;
  };
  const warn = (key: string): void => {
    logger.error('An entry of the cache missed an invalidation', { key });
  };
  const audit = new SelfAudit({
    counters,
    sample: (count) => local.sample(count, () => ids.fraction()),
    agrees,
    warn,
  });
  return new Upkeep(clock, statistics, metrics, audit);
}

/** Parts that most others are made of. */
interface Tiers {
  readonly local: LocalStore;
  readonly replica: Replica;
  readonly bus: InvalidationBus;
  readonly clock: Clock;
  readonly statistics: CacheStatistics;
}

function createReplica(local: LocalStore, detach: (key: string) => void): Replica {
  return new Replica({
    dropKeys: (dropped) => {
      for (const key of dropped) {
        local.delete(key);
        detach(key);
      }
    },
    dropAll: () => local.clear(),
  });
}

function createSharedValues({ maxValueBytes }: CacheConfig, store: SharedStore, tiers: Tiers): SharedValues {
  const { bus, replica, clock, statistics } = tiers;
  const { counters } = statistics;
  return new SharedValues({
    store,
    breaker: new Breaker(clock),
    bus,
    replica,
    time: bus.follower.time,
    counters,
    maxValueBytes,
  });
}

function createLocalStore(
  { isEnabled, maxEntries, maxBytes, evictionPolicy }: CacheConfig,
  statistics: CacheStatistics,
): LocalStore {
  return new LocalStore({
    maxEntries: isEnabled ? maxEntries : 0,
    maxBytes,
    policy: evictionPolicy,
    onEvict: (key) => statistics.recordEviction(key),
  });
}

function createBus(
  { config, redis, clock, ids, logger }: CacheSurroundings,
  parts: { keys: RedisKeys; store: SharedStore; replica: Replica; statistics: CacheStatistics },
): InvalidationBus {
  const { keys, store, replica } = parts;
  const { counters } = parts.statistics;
  const presenceMs = config.outageStaleMs + PRESENCE_MARGIN_MS;
  const log = new InvalidationLog(redis, keys, `${ids.instanceId}/${keys.channel}`, presenceMs);
  const follower = new ClockFollower({ log, replica, counters, clock, ids, logger, presenceMs });
  const dropShared = async (dropped: readonly string[]): Promise<readonly string[]> => {
    if (!redis.isCluster) return dropped.flatMap((key) => [keys.value(key), keys.lease(key)]);
    // Before the invalidation has its number: whoever loads after it was told loads the new state.
    await store.drop(dropped);
    return [];
  };
  const outbox = new Outbox({ log, replica, counters, dropShared });
  const { channel } = keys;
  return new InvalidationBus({ redis, log, follower, outbox, channel, replica, counters, clock, logger });
}

/** Tokens nobody else ever has: this process, and a number. */
function tokensOf(ids: Ids): () => string {
  const prefix = ids.token(16);
  let last = 0;
  return () => {
    last += 1;
    return `${prefix}-${last}`;
  };
}
