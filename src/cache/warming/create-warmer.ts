import type { CacheService } from '../cache.service.js';
import type { CacheSurroundings } from '../create-cache.js';
import { redisKeys } from '../values/redis-keys.js';
import { ActiveRefresh } from './active-refresh.js';
import { CacheWarmer } from './cache-warmer.js';
import { WarmupBoard } from './warmup-board.js';
import { WarmupMetrics } from './warmup-metrics.js';
import { WarmupRegistry } from './warmup-registry.js';
import { WarmupRunner } from './warmup-runner.js';

/** A warmer and its life. */
export abstract class RunningWarmer {
  abstract readonly warmer: CacheWarmer;
  /** Call it when requests are served already. */
  abstract start(): void;
  abstract stop(): Promise<void>;
}

/** Puts a warmer of a cache together. */
export function createWarmer(target: CacheService, around: CacheSurroundings): RunningWarmer {
  const { config, redis, clock, ids, logger } = around;
  const registry = new WarmupRegistry();
  const metrics = new WarmupMetrics(around.registry);
  const runner = new WarmupRunner({ target, concurrency: config.warmingConcurrency, clock, ids, logger });
  const board = new WarmupBoard(redis, redisKeys(config.namespace));
  const warmer = new CacheWarmer({ registry, runner, board, redis, metrics, clock, ids, logger });
  const countFailure = (): void => metrics.countActiveFailure();
  const active = new ActiveRefresh({ registry, target, clock, logger, countFailure });
  return {
    warmer,
    start: () => {
      active.start();
      if (config.isWarmingEnabled) void warmer.start(config.warmingStrategy);
    },
    stop: () => {
      active.stop();
      return warmer.stop();
    },
  };
}
