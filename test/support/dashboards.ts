import { CacheEvents } from '../../src/cache/index.js';
import { readSettings } from '../../src/config/index.js';
import type { DashboardsCaller } from '../../src/dashboards/caller.js';
import { Dashboards } from '../../src/dashboards/dashboards.js';
import { KeepingGate } from '../../src/dashboards/keeping/keeping-gate.js';
import { KeptLayouts } from '../../src/dashboards/keeping/kept-layouts.js';
import { LayoutInvalidation } from '../../src/dashboards/keeping/layout-invalidation.js';
import { LayoutBulk } from '../../src/dashboards/layout-bulk.js';
import { type LayoutChange, REGION_CHANGED } from '../../src/dashboards/layout-events.js';
import { LayoutFeed } from '../../src/dashboards/layout-feed.js';
import { LayoutRegions } from '../../src/dashboards/layout-regions.js';
import { LayoutSteps } from '../../src/dashboards/layout-steps.js';
import { LayoutTransfer } from '../../src/dashboards/layout-transfer.js';
import { Layouts } from '../../src/dashboards/layouts.js';
import { LayoutEditor } from '../../src/dashboards/layouts/layout-editor.js';
import { LayoutEffects } from '../../src/dashboards/layouts/layout-effects.js';
import { LayoutRepository } from '../../src/dashboards/layouts/layout.repository.js';
import { LayoutWriter } from '../../src/dashboards/layouts/layout-writer.js';
import { OperationRepository } from '../../src/dashboards/layouts/operation.repository.js';
import type { RegionInput } from '../../src/dashboards/layouts/region-input.js';
import { RegionIds } from '../../src/dashboards/layouts/region-ids.js';
import { RegionRepository } from '../../src/dashboards/layouts/region.repository.js';
import { RegionSearchRepository } from '../../src/dashboards/layouts/region-search.repository.js';
import { RegionSearch } from '../../src/dashboards/region-search.js';
import { DashboardRepository } from '../../src/dashboards/saved/dashboard.repository.js';
import { DashboardsUpkeep } from '../../src/dashboards/upkeep/dashboards-upkeep.js';
import { UpkeepRepository } from '../../src/dashboards/upkeep/upkeep.repository.js';
import { type Clock, SystemClock } from '../../src/kernel/clock.js';
import { sql } from '../../src/kernel/sql.js';
import type { Database } from '../../src/platform/database/index.js';
import { DomainEvents } from '../../src/platform/events/index.js';
import { AbsentRedis } from '../../src/platform/redis/index.js';
import type { BackgroundJobs, Peers } from '../../src/platform/scheduling/index.js';
import { MetricRegistry } from '../../src/platform/telemetry/index.js';
import { type CacheInstance, startCache } from './cache.js';
import { CollectingLogger } from './collecting-logger.js';
import { useTestDatabase } from './test-database.js';

/** The only instance on its database. */
const ALONE = {
  alone: 0,
  known: () => Promise.resolve(),
  watch: () => Promise.resolve(),
} as unknown as Peers;

export type DashboardsInstance = ReturnType<typeof dashboardsOn>;

/** Dashboards, wired by hand over one database and a cache. `told` is what other features hear. */
export function dashboardsOn(
  db: Database,
  { cache, redis }: Pick<CacheInstance, 'cache' | 'redis'>,
  clock: Clock = new SystemClock(),
) {
  const [logger, registry] = [new CollectingLogger(), new MetricRegistry()];
  const events = new DomainEvents(registry, logger);
  const told: LayoutChange[] = [];
  events.subscribe(REGION_CHANGED, (change) => told.push(change));
  const rows = new LayoutRepository(db);
  const [regionRows, operationRows] = [new RegionRepository(db), new OperationRepository(db)];
  const gate = new KeepingGate(ALONE, redis, readSettings({}).cache);
  const invalidation = new LayoutInvalidation(new CacheEvents(cache), ALONE, clock, logger, registry);
  const kept = new KeptLayouts(cache, rows, gate, invalidation, clock);
  const effects = new LayoutEffects(events, invalidation);
  const ids = new RegionIds(regionRows);
  const editor = new LayoutEditor(new LayoutWriter(db, rows, regionRows, ids, clock), effects);
  const feed = new LayoutFeed(rows, operationRows);
  const layouts = new Layouts(db, rows, kept, effects, clock);
  const jobs = { register: () => undefined } as unknown as BackgroundJobs;
  return {
    ...{ editor, feed, kept, layouts, told },
    bulk: new LayoutBulk(editor),
    dashboards: new Dashboards(db, new DashboardRepository(db), feed, clock),
    regions: new LayoutRegions(editor),
    search: new RegionSearch(layouts, feed, new RegionSearchRepository(db)),
    steps: new LayoutSteps(editor, operationRows, feed),
    transfer: new LayoutTransfer(db, layouts, regionRows, ids, clock),
    upkeep: new DashboardsUpkeep(jobs, new UpkeepRepository(db), clock),
  };
}

/** Somebody of a tenant, and what of their changes came into the audit trail. */
export function dashboardsCaller(tenantId: string, actor = 'anna', isAdmin = false) {
  const recorded: string[] = [];
  const caller: DashboardsCaller = {
    ...{ tenantId, actor, isAdmin },
    record: (_transaction, { action }) => {
      recorded.push(action);
      return Promise.resolve();
    },
  };
  return { caller, recorded };
}

/** One cell in the upper left corner, unless it says otherwise. */
export function cell(fields: Partial<RegionInput> = {}): RegionInput {
  return { x: 0, y: 0, width: 1, height: 1, title: '', kind: 'chart', content: {}, ...fields };
}

/** A database with dashboards on it, for one test file. */
export function useDashboards(clock?: Clock) {
  const pg = useTestDatabase();
  let cache: CacheInstance | undefined;
  let tenantId = '';
  beforeAll(async () => {
    cache = await startCache();
    const [tenant] = await pg.db.query<{ id: string }>(sql`SELECT id FROM tenants ORDER BY id LIMIT 1`);
    tenantId = tenant?.id ?? '';
  });
  afterAll(() => cache?.close());
  let layouts = 0;
  return {
    pg,
    get tenantId() {
      return tenantId;
    },
    /** An instance, somebody called anna, and a layout of 12 columns and 100 rows. */
    async start() {
      const redis = new AbsentRedis(new CollectingLogger());
      if (cache === undefined) throw new TypeError('the cache is there from beforeAll on');
      const parts = dashboardsOn(pg.db, { cache: cache.cache, redis }, clock);
      const { caller } = dashboardsCaller(tenantId);
      layouts += 1;
      const layout = await parts.layouts.create(caller, { name: `L${layouts}`, columns: 12, rows: 100 });
      return { ...parts, caller, layoutId: layout.id };
    },
  };
}
