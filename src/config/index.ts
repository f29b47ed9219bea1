export { type ClientSettings, readClientSettings } from './client-settings.js';
export {
  BATCH_CONFIG,
  CACHE_CONFIG,
  COLLECTORS_CONFIG,
  ConfigModule,
  DATABASE_CONFIG,
  HTTP_CONFIG,
  LOCKS_CONFIG,
  LOGGING_CONFIG,
  POOL_CONFIG,
  QUERY_INSIGHTS_CONFIG,
  QUERY_PLAN_CONFIG,
  REDIS_CONFIG,
  TENANCY_CONFIG,
} from './config.module.js';
export { API_KEY_PATTERN, isDecodable } from './environment.js';
export { Secret } from './secret.js';
export {
  type BatchConfig,
  type CacheConfig,
  type CollectorsConfig,
  type DatabaseConfig,
  type HttpConfig,
  type LocksConfig,
  type LoggingConfig,
  type PoolConfig,
  readSettings,
  type RedisConfig,
  type Settings,
  type TenancyConfig,
} from './settings.js';
export type { QueryInsightsConfig, QueryPlanConfig } from './query-settings.js';
