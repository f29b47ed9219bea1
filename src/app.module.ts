import { type DynamicModule, Module } from '@nestjs/common';
import { AlertingModule } from './alerting/index.js';
import { ApiModule } from './api/index.js';
import { BatchModule } from './batch/index.js';
import { CacheModule } from './cache/index.js';
import { ConfigModule, type Settings } from './config/index.js';
import { DashboardsModule } from './dashboards/index.js';
import { LocksModule } from './locks/index.js';
import { MetricsModule } from './metrics/index.js';
import { PerformanceModule } from './performance/index.js';
import { PoolModule } from './pool/index.js';
import { PresenceModule } from './presence/index.js';
import { QueryInsightsModule } from './query-insights/index.js';
import { DatabaseModule } from './platform/database/index.js';
import { DatabaseHealthModule } from './platform/health/index.js';
import { HttpModule } from './platform/http/index.js';
import { LoggingModule } from './platform/logging/index.js';
import { RedisModule } from './platform/redis/index.js';
import { RuntimeModule } from './platform/runtime/index.js';
import { SchedulingModule } from './platform/scheduling/index.js';
import { TelemetryModule } from './platform/telemetry/index.js';
import { RealtimeModule } from './realtime/index.js';
import { TenancyModule } from './tenancy/index.js';

/** Composition root: the only file that knows every module. */
@Module({})
export class AppModule {
  /** @param startInterrupted aborts when the start should end */
  static forRoot(settings: Settings, startInterrupted = new AbortController().signal): DynamicModule {
    return {
      module: AppModule,
      imports: [
        ConfigModule.forRoot(settings),
        RuntimeModule.forRoot(startInterrupted),
        LoggingModule,
        TelemetryModule,
        DatabaseModule,
        SchedulingModule,
        DatabaseHealthModule,
        HttpModule,
        RedisModule,
        LocksModule,
        CacheModule.forRoot(),
        PoolModule,
        QueryInsightsModule,
        PerformanceModule,
        BatchModule,
        AlertingModule,
        DashboardsModule,
        PresenceModule,
        TenancyModule,
        ApiModule,
        MetricsModule,
        RealtimeModule,
      ],
    };
  }
}
