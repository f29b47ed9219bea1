export { CacheModule } from './cache.module.js';
export { type CacheRead, type CacheReport, CacheService, type CacheState } from './cache.service.js';
export { CACHE_ALERT, type CacheSurroundings, createCache, RunningCache } from './create-cache.js';
export {
  CacheKeyError,
  CacheLoadTimeoutError,
  CacheOptionError,
  CachePatternError,
  CacheTagError,
  CacheValueError,
} from './errors.js';
export { CachedResponse } from './http/cached-response.js';
export { responseItem } from './http/kept-answer.js';
export { ResponseCacheGate } from './http/response-cache-gate.js';
export { scopeOfResponseKey } from './http/response-key.js';
export type { CachedResponseOptions } from './http/response-options.js';
export { type CacheEvent, CacheEvents, METRICS_ENTITIES } from './invalidation-events.js';
export type { Invalidation, InvalidationReceipt } from './invalidation.js';
export { cacheKey, keyShape } from './keys.js';
export type { EntryOptions, LoadContext, Loader } from './loading/entry-policy.js';
export type { CacheAlert } from './monitoring/cache-alerts.js';
export type { HotKey } from './monitoring/hot-keys.js';
export { metricsTag, selectionTag, tagOf } from './tags.js';
export { CacheWarmer, type WarmupStatus } from './warming/cache-warmer.js';
export { WARMING_STRATEGIES, type WarmingStrategy } from './warming/strategies.js';
export { DuplicateWarmupTaskError, WarmupTaskError } from './warming/warmup-registry.js';
export type { WarmupFailure, WarmupRun } from './warming/warmup-run.js';
export type { WarmupContext, WarmupItem, WarmupTask } from './warming/warmup-task.js';
