export { CacheModule } from './cache.module.js';
export { type CacheRead, CacheService, type CacheState } from './cache.service.js';
export { type CacheSurroundings, createCache, RunningCache } from './create-cache.js';
export {
  CacheKeyError,
  CacheLoadTimeoutError,
  CacheOptionError,
  CachePatternError,
  CacheTagError,
  CacheValueError,
} from './errors.js';
export { CachedResponse } from './http/cached-response.js';
export { ResponseCacheGate } from './http/response-cache-gate.js';
export { scopeOfResponseKey } from './http/response-key.js';
export { type CacheEvent, CacheEvents, METRICS_ENTITIES } from './invalidation-events.js';
export type { Invalidation, InvalidationReceipt } from './invalidation.js';
export { cacheKey, keyShape } from './keys.js';
export type { EntryOptions, LoadContext, Loader } from './loading/entry-policy.js';
export { metricsTag, selectionTag, tagOf } from './tags.js';
