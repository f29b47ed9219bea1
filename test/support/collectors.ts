import type { CollectorsConfig } from '../../src/config/index.js';
import { CollectorsMetrics } from '../../src/collectors/collectors-metrics.js';
import { AcceptedTimes } from '../../src/collectors/ingest/accepted-times.js';
import { CachedAnswers } from '../../src/collectors/ingest/cached-answers.js';
import { EventIngest } from '../../src/collectors/ingest/event-ingest.js';
import { EventRepository } from '../../src/collectors/ingest/event.repository.js';
import { EventStream } from '../../src/collectors/ingest/event-stream.js';
import { EventWriter } from '../../src/collectors/ingest/event-writer.js';
import type { CacheEvents } from '../../src/cache/index.js';
import { IdempotentRequests } from '../../src/collectors/ingest/idempotent-requests.js';
import { IngestEffects } from '../../src/collectors/ingest/ingest-effects.js';
import { IngestRequestRepository } from '../../src/collectors/ingest/ingest-request.repository.js';
import { SeriesRegistry } from '../../src/collectors/ingest/series-registry.js';
import { SeriesRepository } from '../../src/collectors/ingest/series.repository.js';
import { PartitionRepository } from '../../src/collectors/rollups/partition.repository.js';
import { Partitions } from '../../src/collectors/rollups/partitions.js';
import { RawHorizon } from '../../src/collectors/rollups/raw-horizon.js';
import { Retention } from '../../src/collectors/rollups/retention.js';
import { RetentionRepository } from '../../src/collectors/rollups/retention.repository.js';
import { RollupRefresher } from '../../src/collectors/rollups/rollup-refresher.js';
import { RollupRepository } from '../../src/collectors/rollups/rollup.repository.js';
import { SchedulerRunRepository } from '../../src/collectors/scheduler/scheduler-run.repository.js';
import { SchedulerRuns } from '../../src/collectors/scheduler/scheduler-runs.js';
import { Statistics } from '../../src/collectors/statistics/statistics.js';
import { StatisticsRepository } from '../../src/collectors/statistics/statistics.repository.js';
import { EventShares } from '../../src/collectors/windows/event-shares.js';
import { MeasurementWindows } from '../../src/collectors/windows/measurement-windows.js';
import { SeriesMatches } from '../../src/collectors/windows/series-matches.js';
import { ShareRepository } from '../../src/collectors/windows/share.repository.js';
import { WindowRepository } from '../../src/collectors/windows/window.repository.js';
import { type Clock, SystemClock } from '../../src/kernel/clock.js';
import { RandomIds } from '../../src/kernel/ids.js';
import { sql } from '../../src/kernel/sql.js';
import type { Database } from '../../src/platform/database/index.js';
import { DomainEvents } from '../../src/platform/events/index.js';
import { Peers } from '../../src/platform/scheduling/index.js';
import { LeaseRepository } from '../../src/platform/scheduling/lease.repository.js';
import { MetricRegistry } from '../../src/platform/telemetry/index.js';
import { CollectingLogger } from './collecting-logger.js';

/** The settings users get. */
export const CONFIG: CollectorsConfig = {
  rollupIntervalMs: 2_000,
  rawRetentionDays: 90,
  hourlyRetentionDays: 400,
  dailyRetentionDays: 1_830,
};

/** For callers that read from the database alone: there is nothing to invalidate. */
const NOTHING_CACHED = {
  announce: () => Promise.resolve({ reach: 'alone', sequence: null, widenedTo: [] }),
} as unknown as CacheEvents;

/** Does not watch, as with Redis: nobody waits for anybody. */
function peersOn(db: Database, clock: Clock): Peers {
  return new Peers(new LeaseRepository(db), clock, new RandomIds(), new CollectingLogger());
}

/** The collectors module, wired by hand over one database. */
export function collectorsOn(
  db: Database,
  clock: Clock = new SystemClock(),
  config: CollectorsConfig = CONFIG,
) {
  const requests = new IngestRequestRepository();
  const once = new IdempotentRequests(db, clock, requests);
  const series = new SeriesRegistry(new SeriesRepository(db));
  const registry = new MetricRegistry();
  const metrics = new CollectorsMetrics(registry);
  const told = new DomainEvents(registry, new CollectingLogger());
  const horizon = new RawHorizon(clock, config);
  const times = new AcceptedTimes(clock, horizon);
  const effects = new IngestEffects(
    new CachedAnswers(NOTHING_CACHED, peersOn(db, clock)),
    told,
    clock,
    metrics,
    new CollectingLogger(),
  );
  const writer = new EventWriter(db, clock, series, new EventRepository(), effects);
  const rollups = new RollupRepository();
  const partitions = new Partitions(db, clock, new PartitionRepository(), rollups, horizon);
  return {
    ingest: new EventIngest(times, writer, once),
    stream: new EventStream(db, clock, times, writer, requests),
    runs: new SchedulerRuns(db, clock, new SchedulerRunRepository(), once, times),
    statistics: new Statistics(new StatisticsRepository(db), clock, horizon, config),
    refresher: new RollupRefresher(db, rollups, metrics),
    retention: new Retention(clock, partitions, new RetentionRepository(db), effects, config),
    partitions,
    rollups,
    series,
    told,
  };
}

/** Windows of collectors' events over one database. */
export function measurementWindowsOn(db: Database): MeasurementWindows {
  const windows = new WindowRepository(db);
  return new MeasurementWindows(windows, new SeriesMatches(windows));
}

/** Shares of good events over one database. */
export function eventSharesOn(db: Database): EventShares {
  return new EventShares(new ShareRepository(db), new SeriesMatches(new WindowRepository(db)));
}

/** A tenant of its own; returns its id. */
export async function createTenant(db: Database, slug: string): Promise<string> {
  const [row] = await db.query<{ id: string }>(
    sql`INSERT INTO tenants (slug, name) VALUES (${slug}, ${slug}) RETURNING id`,
  );
  return row?.id ?? '';
}
