import { Redis } from 'ioredis';
import { RedisSharedStore } from '../../src/cache/shared/redis-shared-store.js';
import type { LeaseAnswer } from '../../src/cache/shared/shared-store.js';
import { type RedisKeys, redisKeys } from '../../src/cache/values/redis-keys.js';
import { Secret } from '../../src/config/index.js';
import { SystemClock } from '../../src/kernel/clock.js';
import { RandomIds } from '../../src/kernel/ids.js';
import { connectRedis } from '../../src/platform/redis/index.js';
import { CollectingLogger } from './collecting-logger.js';
import { RedisServer } from './redis-server.js';

export const LEASE_MS = 10_000;
export const TTL_MS = 60_000;
/** What is stored where it does not matter what. */
export const envelope = Buffer.from('head\nvalue');
/** Server and link are those of the test, not of production: answers may take their time. */
const COMMAND_TIMEOUT_MS = 2_000;

/** The shared tier on a Redis of a test's own, with a key to play with. */
export class SharedStoreBench {
  readonly key = 'x:1';
  readonly valueName: string;
  readonly leaseName: string;

  constructor(
    readonly admin: Redis,
    readonly store: RedisSharedStore,
    readonly keys: RedisKeys,
  ) {
    this.valueName = keys.value(this.key);
    this.leaseName = keys.lease(this.key);
  }

  lease(token: string, leaseMs = LEASE_MS): Promise<LeaseAnswer> {
    return this.store.lease(this.key, { token, leaseMs });
  }

  fill(token: string): Promise<boolean> {
    return this.store.fill(this.key, { token, envelope, ttlMs: TTL_MS });
  }

  stored(): Promise<Buffer | null> {
    return this.admin.getBuffer(this.valueName);
  }
}

/** A Redis server; `next` gives a namespace nobody has used. */
export async function openSharedStores(): Promise<{ next(): SharedStoreBench; close(): Promise<void> }> {
  const server = await RedisServer.start();
  const admin = new Redis(server.url);
  const around = { ids: new RandomIds(), clock: new SystemClock(), logger: new CollectingLogger() };
  const config = { url: new Secret(server.url), commandTimeoutMs: COMMAND_TIMEOUT_MS };
  const own = connectRedis(config, around);
  await own.open();
  let namespaces = 0;
  return {
    next: () => {
      namespaces += 1;
      const keys = redisKeys(`store-${namespaces}`);
      return new SharedStoreBench(admin, new RedisSharedStore(own.link, keys), keys);
    },
    close: async () => {
      await own.close();
      admin.disconnect();
      await server.stop();
    },
  };
}
