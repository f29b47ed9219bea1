import { Module } from '@nestjs/common';
import { AlertingModule } from '../alerting/index.js';
import { PerformanceModule } from '../performance/index.js';
import { QueryInsightsModule } from '../query-insights/index.js';
import { TenancyModule } from '../tenancy/index.js';
import { AlertMetricsController } from './alerts.controller.js';
import { CacheMetricsController } from './cache-metrics.controller.js';
import { CacheOperations } from './cache-operations.js';
import { HealthController } from './health.controller.js';
import { IndexSuggestionsController } from './index-suggestions.controller.js';
import { LockMetricsController } from './lock-metrics.controller.js';
import { PoolMetricsController } from './pool-metrics.controller.js';
import { MetricsStreamController } from './metrics-stream.controller.js';
import { PerformanceController } from './performance.controller.js';
import { PlanOperations } from './plan-operations.js';
import { ProbesController } from './probes.controller.js';
import { ProcessMetricsController } from './process-metrics.controller.js';
import { QueryMetricsController } from './query-metrics.controller.js';
import { QueryOperations } from './query-operations.js';
import { QueryPlanController } from './query-plan.controller.js';

/** The edge under /metrics, with the probes. */
@Module({
  imports: [AlertingModule, PerformanceModule, QueryInsightsModule, TenancyModule],
  providers: [CacheOperations, QueryOperations, PlanOperations],
  controllers: [
    AlertMetricsController,
    CacheMetricsController,
    HealthController,
    IndexSuggestionsController,
    LockMetricsController,
    PoolMetricsController,
    MetricsStreamController,
    PerformanceController,
    ProbesController,
    ProcessMetricsController,
    QueryMetricsController,
    QueryPlanController,
  ],
})
export class MetricsModule {}
