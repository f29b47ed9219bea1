import { LayoutFeed } from '../../src/dashboards/layout-feed.js';
import { type LayoutChange, REGION_CHANGED } from '../../src/dashboards/layout-events.js';
import { LayoutRegions } from '../../src/dashboards/layout-regions.js';
import { LayoutEditor } from '../../src/dashboards/layouts/layout-editor.js';
import { LayoutEffects } from '../../src/dashboards/layouts/layout-effects.js';
import { LayoutRepository } from '../../src/dashboards/layouts/layout.repository.js';
import { OperationRepository } from '../../src/dashboards/layouts/operation.repository.js';
import { RegionRepository } from '../../src/dashboards/layouts/region.repository.js';
import { SystemClock } from '../../src/kernel/clock.js';
import type { Database } from '../../src/platform/database/index.js';
import { DomainEvents } from '../../src/platform/events/index.js';
import { MetricRegistry } from '../../src/platform/telemetry/index.js';
import { CollectingLogger } from './collecting-logger.js';

/** Dashboards, wired by hand over one database. `told` is what other features hear. */
export function dashboardsOn(db: Database) {
  const events = new DomainEvents(new MetricRegistry(), new CollectingLogger());
  const told: LayoutChange[] = [];
  events.subscribe(REGION_CHANGED, (change) => told.push(change));
  const [layoutRows, regionRows, operationRows] = [
    new LayoutRepository(db),
    new RegionRepository(db),
    new OperationRepository(db),
  ];
  const editor = new LayoutEditor(db, layoutRows, regionRows, new LayoutEffects(events), new SystemClock());
  return {
    feed: new LayoutFeed(layoutRows, operationRows),
    regions: new LayoutRegions(editor, regionRows),
    told,
  };
}
