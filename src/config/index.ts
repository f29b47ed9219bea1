export { type ClientSettings, readClientSettings } from './client-settings.js';
export {
  ALERT_DELIVERY_CONFIG,
  ALERT_EVALUATION_CONFIG,
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
  WEBSOCKET_CONFIG,
} from './config.module.js';
export type { AlertDeliveryConfig, AlertEvaluationConfig } from './alerting-settings.js';
export { API_KEY_PATTERN } from './environment.js';
export { Secret } from './secret.js';
export { isDecodable } from './variables.js';
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
export type { WebSocketConfig } from './websocket-settings.js';
