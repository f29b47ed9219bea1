import KeyvRedis from '@keyv/redis';
import { BentoCache, bentostore } from 'bentocache';
import { memoryDriver } from 'bentocache/drivers/memory';
import { redisBusDriver, redisDriver } from 'bentocache/drivers/redis';
import { createCache } from 'cache-manager';
import { Cacheable, createKeyv } from 'cacheable';
import { Redis } from 'ioredis';
import { Keyv } from 'keyv';
import { openSubject } from './subject.js';

const TTL_MS = 300_000;
const MAX_ENTRIES = 1_000;

/** A cache of any make, by what all of them can do. */
export interface Peer {
  readonly name: string;
  readonly getOrLoad: <T>(key: string, load: () => Promise<T>) => Promise<T | undefined>;
  readonly close: () => Promise<void>;
}

/** Caches that are compared, this one included. */
export type PeerName = 'plimsoll' | 'bentocache' | 'cacheable' | 'cache-manager';

/** Both: L1 and L2, with a bus where there is one. shared: L2 alone. local: L1 alone. */
export type Tiers = 'both' | 'shared' | 'local';

/** How a peer is to be opened. */
export interface PeerOptions {
  readonly url: string;
  readonly tiers: Tiers;
  readonly maxEntries?: number;
}

/** Peers by name, so that another process can open one, too. */
export const PEERS: Readonly<Record<PeerName, (options: PeerOptions) => Promise<Peer>>> = {
  plimsoll: openPlimsoll,
  bentocache: (options) => Promise.resolve(openBento(options)),
  cacheable: (options) => Promise.resolve(openCacheable(options)),
  'cache-manager': (options) => Promise.resolve(openCacheManager(options)),
};

async function openPlimsoll({ url, tiers, maxEntries = MAX_ENTRIES }: PeerOptions): Promise<Peer> {
  const subject = await openSubject(tiers === 'local' ? undefined : url, {
    maxEntries: tiers === 'shared' ? 0 : maxEntries,
  });
  return {
    name: 'plimsoll',
    getOrLoad: (key, load) => subject.cache.getOrLoad(key, load),
    close: subject.close,
  };
}

/**
 * With its memory in JSON, as by default: without, version 1.6 throws on the first value that comes from Redis. That
 * would make a hit some 1.2 times as fast.
 */
function openBento({ url, tiers, maxEntries = MAX_ENTRIES }: PeerOptions): Peer {
  const connection = new Redis(url);
  const opened = [connection];
  connection.on('error', () => undefined);
  const store = bentostore({ ttl: TTL_MS });
  if (tiers !== 'shared') store.useL1Layer(memoryDriver({ maxItems: maxEntries }));
  if (tiers !== 'local') store.useL2Layer(redisDriver({ connection }));
  if (tiers === 'both') {
    // The bus makes two connections of its own from this one.
    const duplicate = connection.duplicate.bind(connection);
    connection.duplicate = (options) => {
      const copy = duplicate(options);
      copy.on('error', () => undefined);
      opened.push(copy);
      return copy;
    };
    store.useBus(redisBusDriver({ connection }));
  }
  const cache = new BentoCache({ default: 'store', stores: { store } });
  return {
    name: 'bentocache',
    getOrLoad: (key, factory) => cache.getOrSet({ key, factory }),
    close: () => {
      // Its own end waits for a Redis that may be gone.
      for (const client of opened) client.disconnect();
      return Promise.resolve();
    },
  };
}

function openCacheable({ url, tiers, maxEntries = MAX_ENTRIES }: PeerOptions): Peer {
  const memory = memoryOf(maxEntries);
  const redis = tiers === 'local' ? undefined : new KeyvRedis(url);
  const cache =
    redis === undefined
      ? new Cacheable({ primary: memory, ttl: TTL_MS })
      : tiers === 'shared'
        ? new Cacheable({ primary: new Keyv({ store: redis }), ttl: TTL_MS })
        : new Cacheable({ primary: memory, secondary: redis, ttl: TTL_MS });
  return {
    name: 'cacheable',
    getOrLoad: (key, load) => cache.getOrSet(key, load),
    close: () => cache.disconnect(),
  };
}

/** Its own way to a memory store: in a plain Keyv each read would parse JSON, at less than half the speed. */
function memoryOf(maxEntries: number): Keyv {
  return createKeyv({ ttl: TTL_MS, lruSize: maxEntries, useClone: false });
}

function openCacheManager({ url, tiers, maxEntries = MAX_ENTRIES }: PeerOptions): Peer {
  const memory = memoryOf(maxEntries);
  const redis = tiers === 'local' ? undefined : new Keyv({ store: new KeyvRedis(url) });
  const stores = [...(tiers === 'shared' ? [] : [memory]), ...(redis === undefined ? [] : [redis])];
  const cache = createCache({ stores, ttl: TTL_MS });
  return {
    name: 'cache-manager',
    getOrLoad: (key, load) => cache.wrap(key, load),
    close: async () => {
      await cache.disconnect();
    },
  };
}
