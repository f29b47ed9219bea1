import { Module } from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { AlertingModule } from '../alerting/index.js';
import { ResponseCacheGate } from '../cache/index.js';
import { CollectorsModule, StatisticsGate } from '../collectors/index.js';
import { DashboardsModule } from '../dashboards/index.js';
import { PerformanceModule } from '../performance/index.js';
import { PresenceModule } from '../presence/index.js';
import { TenancyModule } from '../tenancy/index.js';
import { AlertingCallers } from './alerting-callers.js';
import { AlertReceiversController } from './alert-receivers.controller.js';
import { AlertRulesController } from './alert-rules.controller.js';
import { AlertStreamController } from './alert-stream.controller.js';
import { AlertsController } from './alerts.controller.js';
import { AuditController } from './audit.controller.js';
import { CacheReportController } from './cache-report.controller.js';
import { DashboardCallers } from './dashboard-callers.js';
import { DashboardsController } from './dashboards.controller.js';
import { IngestController } from './ingest.controller.js';
import { JobControlController } from './job-control.controller.js';
import { JobsController } from './jobs.controller.js';
import { KeysController } from './keys.controller.js';
import { LayoutRegionsController } from './layout-regions.controller.js';
import { LayoutStepsController } from './layout-steps.controller.js';
import { LayoutsController } from './layouts.controller.js';
import { PerformanceSummaryController } from './performance-summary.controller.js';
import { PresenceController } from './presence.controller.js';
import { SilencesController } from './silences.controller.js';
import { SlosController } from './slos.controller.js';
import { StatisticsController } from './statistics.controller.js';
import { StatisticsAnswers } from './statistics-answers.js';
import { StatisticsWarmup } from './statistics-warmup.js';
import { TenantsController } from './tenants.controller.js';
import { VisitsInterceptor } from './visits.interceptor.js';

/** The edge under /api. */
@Module({
  imports: [
    AlertingModule,
    CollectorsModule,
    DashboardsModule,
    PerformanceModule,
    PresenceModule,
    TenancyModule,
  ],
  providers: [
    { provide: APP_INTERCEPTOR, useClass: VisitsInterceptor },
    { provide: ResponseCacheGate, useExisting: StatisticsGate },
    AlertingCallers,
    DashboardCallers,
    StatisticsAnswers,
    StatisticsWarmup,
  ],
  controllers: [
    AlertReceiversController,
    AlertRulesController,
    AlertStreamController,
    AlertsController,
    AuditController,
    CacheReportController,
    DashboardsController,
    IngestController,
    JobControlController,
    JobsController,
    KeysController,
    LayoutRegionsController,
    LayoutStepsController,
    LayoutsController,
    PerformanceSummaryController,
    PresenceController,
    SilencesController,
    SlosController,
    StatisticsController,
    TenantsController,
  ],
})
export class ApiModule {}
