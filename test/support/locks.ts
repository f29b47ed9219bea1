import { readSettings } from '../../src/config/index.js';
import { SystemClock } from '../../src/kernel/clock.js';
import { RandomIds } from '../../src/kernel/ids.js';
import { createLocks, type LockBackend } from '../../src/locks/create-locks.js';
import type { LockService } from '../../src/locks/index.js';
import type { Database } from '../../src/platform/database/index.js';
import { AbsentRedis, connectRedis } from '../../src/platform/redis/index.js';
import { MetricRegistry } from '../../src/platform/telemetry/index.js';
import { CollectingLogger } from './collecting-logger.js';

/** Locks of one instance as an application has them, with connections of its own. */
export interface LocksInstance {
  readonly locks: LockService;
  readonly logger: CollectingLogger;
  close(): Promise<void>;
}

/** What a test may choose. */
export interface LocksInstanceOptions {
  readonly backend: LockBackend;
  readonly redisUrl?: string;
  readonly masters?: readonly string[];
  readonly database?: Database;
  readonly databaseUrl?: string;
  /** Further variables of the environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Whether locks were taken before; default: not. */
  readonly isFirstUse?: boolean;
}

export async function startLocks(options: LocksInstanceOptions): Promise<LocksInstance> {
  const { backend, redisUrl, masters, database, databaseUrl = '', env = {}, isFirstUse = true } = options;
  const settings = readSettings({
    ...(redisUrl !== undefined && { REDIS_URL: redisUrl }),
    ...(masters !== undefined && { LOCK_REDIS_URLS: masters.join(',') }),
    ...env,
  });
  const world = { clock: new SystemClock(), ids: new RandomIds(), logger: new CollectingLogger() };
  const own = redisUrl === undefined ? undefined : connectRedis(settings.redis, world);
  await own?.open();
  const around = {
    config: settings.locks,
    redisConfig: settings.redis,
    redis: own?.link ?? new AbsentRedis(world.logger),
    // Backends other than that of the database never touch it.
    database: database as Database,
    databaseUrl,
    registry: new MetricRegistry(),
    ...world,
  };
  const running = createLocks(backend, around, isFirstUse);
  await running.start();
  return {
    locks: running.locks,
    logger: world.logger,
    close: async () => {
      await running.stop();
      await own?.close();
    },
  };
}
