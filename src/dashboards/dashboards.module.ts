import { Module } from '@nestjs/common';
import { EventsModule } from '../platform/events/index.js';
import { LayoutFeed } from './layout-feed.js';
import { LayoutRegions } from './layout-regions.js';
import { LayoutEditor } from './layouts/layout-editor.js';
import { LayoutEffects } from './layouts/layout-effects.js';
import { LayoutRepository } from './layouts/layout.repository.js';
import { OperationRepository } from './layouts/operation.repository.js';
import { RegionRepository } from './layouts/region.repository.js';

/** Saved dashboards, layouts, regions. Needs the global platform modules and the cache. */
@Module({
  imports: [EventsModule],
  providers: [
    LayoutEditor,
    LayoutEffects,
    LayoutFeed,
    LayoutRegions,
    LayoutRepository,
    OperationRepository,
    RegionRepository,
  ],
  exports: [LayoutFeed, LayoutRegions],
})
export class DashboardsModule {}
