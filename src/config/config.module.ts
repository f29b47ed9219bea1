import { type DynamicModule, Module } from '@nestjs/common';
import type { Settings } from './settings.js';

export const HTTP_CONFIG = Symbol('HTTP_CONFIG');
export const DATABASE_CONFIG = Symbol('DATABASE_CONFIG');
export const POOL_CONFIG = Symbol('POOL_CONFIG');
export const REDIS_CONFIG = Symbol('REDIS_CONFIG');
export const LOGGING_CONFIG = Symbol('LOGGING_CONFIG');
export const TENANCY_CONFIG = Symbol('TENANCY_CONFIG');
export const COLLECTORS_CONFIG = Symbol('COLLECTORS_CONFIG');
export const CACHE_CONFIG = Symbol('CACHE_CONFIG');
export const BATCH_CONFIG = Symbol('BATCH_CONFIG');
export const LOCKS_CONFIG = Symbol('LOCKS_CONFIG');
export const QUERY_INSIGHTS_CONFIG = Symbol('QUERY_INSIGHTS_CONFIG');
export const QUERY_PLAN_CONFIG = Symbol('QUERY_PLAN_CONFIG');
export const ALERT_EVALUATION_CONFIG = Symbol('ALERT_EVALUATION_CONFIG');
export const ALERT_DELIVERY_CONFIG = Symbol('ALERT_DELIVERY_CONFIG');
export const WEBSOCKET_CONFIG = Symbol('WEBSOCKET_CONFIG');

/** Provides each group of settings under its own token, everywhere. */
@Module({})
export class ConfigModule {
  static forRoot(settings: Settings): DynamicModule {
    const providers = [
      { provide: HTTP_CONFIG, useValue: settings.http },
      { provide: DATABASE_CONFIG, useValue: settings.database },
      { provide: POOL_CONFIG, useValue: settings.pool },
      { provide: REDIS_CONFIG, useValue: settings.redis },
      { provide: LOGGING_CONFIG, useValue: settings.logging },
      { provide: TENANCY_CONFIG, useValue: settings.tenancy },
      { provide: COLLECTORS_CONFIG, useValue: settings.collectors },
      { provide: CACHE_CONFIG, useValue: settings.cache },
      { provide: BATCH_CONFIG, useValue: settings.batch },
      { provide: LOCKS_CONFIG, useValue: settings.locks },
      { provide: QUERY_INSIGHTS_CONFIG, useValue: settings.queryInsights },
      { provide: QUERY_PLAN_CONFIG, useValue: settings.queryPlan },
      { provide: ALERT_EVALUATION_CONFIG, useValue: settings.alertEvaluation },
      { provide: ALERT_DELIVERY_CONFIG, useValue: settings.alertDelivery },
      { provide: WEBSOCKET_CONFIG, useValue: settings.webSocket },
    ];
    return {
      module: ConfigModule,
      global: true,
      providers,
      exports: providers.map(({ provide }) => provide),
    };
  }
}
