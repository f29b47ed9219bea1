import { Module } from '@nestjs/common';
import { EventsModule } from '../platform/events/index.js';
import { RedisModule } from '../platform/redis/index.js';
import { Dashboards } from './dashboards.js';
import { KeepingGate } from './keeping/keeping-gate.js';
import { KeptCheck } from './keeping/kept-check.js';
import { KeptLayouts } from './keeping/kept-layouts.js';
import { LayoutInvalidation } from './keeping/layout-invalidation.js';
import { LayoutWarmup } from './keeping/layout-warmup.js';
import { LayoutBulk } from './layout-bulk.js';
import { LayoutFeed } from './layout-feed.js';
import { LayoutRegions } from './layout-regions.js';
import { LayoutSteps } from './layout-steps.js';
import { LayoutTransfer } from './layout-transfer.js';
import { Layouts } from './layouts.js';
import { LayoutEditor } from './layouts/layout-editor.js';
import { LayoutEffects } from './layouts/layout-effects.js';
import { LayoutRepository } from './layouts/layout.repository.js';
import { LayoutWriter } from './layouts/layout-writer.js';
import { OperationRepository } from './layouts/operation.repository.js';
import { RegionIds } from './layouts/region-ids.js';
import { RegionRepository } from './layouts/region.repository.js';
import { RegionSearchRepository } from './layouts/region-search.repository.js';
import { RegionSearch } from './region-search.js';
import { DashboardRepository } from './saved/dashboard.repository.js';
import { DashboardsUpkeep } from './upkeep/dashboards-upkeep.js';
import { UpkeepRepository } from './upkeep/upkeep.repository.js';

/** Saved dashboards, layouts, regions. Needs the global platform modules and the cache. */
@Module({
  imports: [EventsModule, RedisModule],
  providers: [
    DashboardRepository,
    Dashboards,
    DashboardsUpkeep,
    KeepingGate,
    KeptCheck,
    KeptLayouts,
    LayoutBulk,
    LayoutEditor,
    LayoutEffects,
    LayoutFeed,
    LayoutInvalidation,
    LayoutRegions,
    LayoutRepository,
    LayoutSteps,
    LayoutTransfer,
    LayoutWarmup,
    LayoutWriter,
    Layouts,
    OperationRepository,
    RegionIds,
    RegionRepository,
    RegionSearch,
    RegionSearchRepository,
    UpkeepRepository,
  ],
  exports: [
    Dashboards,
    LayoutBulk,
    LayoutFeed,
    LayoutRegions,
    LayoutSteps,
    LayoutTransfer,
    Layouts,
    RegionSearch,
  ],
})
export class DashboardsModule {}
