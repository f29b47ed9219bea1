import pg from 'pg';
import { SystemClock } from '../../src/kernel/clock.js';
import { RandomIds } from '../../src/kernel/ids.js';
import { type MonitorDatabase, openMonitorDatabase } from '../../src/platform/database/index.js';
import { MetricRegistry } from '../../src/platform/telemetry/index.js';
import { ActivityMonitor } from '../../src/query-insights/monitors/activity-monitor.js';
import { ActivityRepository } from '../../src/query-insights/monitors/activity.repository.js';
import { LockWatch } from '../../src/query-insights/monitors/lock-watch.js';
import { MonitorMetrics } from '../../src/query-insights/monitors/monitor-metrics.js';
import { Monitors } from '../../src/query-insights/monitors/monitors.js';
import { ServerFacts } from '../../src/query-insights/monitors/server-facts.js';
import { ServerFactsRepository } from '../../src/query-insights/monitors/server-facts.repository.js';
import { ServerReport } from '../../src/query-insights/monitors/server-report.js';
import { ServerStatements } from '../../src/query-insights/monitors/server-statements.js';
import { ServerStatementsRepository } from '../../src/query-insights/monitors/server-statements.repository.js';
import { QueryProfile } from '../../src/query-insights/profile/query-profile.js';
import { CollectingLogger } from './collecting-logger.js';
import type { TestDatabase } from './test-database.js';

/** The monitors of one instance on a database, without their timers. */
export interface TestMonitors {
  readonly db: MonitorDatabase;
  readonly monitors: Monitors;
  readonly report: ServerReport;
  readonly profile: QueryProfile;
  readonly registry: MetricRegistry;
  readonly logger: CollectingLogger;
  close(): Promise<void>;
}

/** @param url of the role that looks; that of the database by default */
export function openMonitors(
  { config, url: own }: Pick<TestDatabase, 'config' | 'url'>,
  url = own,
): TestMonitors {
  const [clock, ids, logger, registry] = [
    new SystemClock(),
    new RandomIds(),
    new CollectingLogger(),
    new MetricRegistry(),
  ];
  const db = openMonitorDatabase(url, config, { clock, ids });
  const profile = new QueryProfile({ clock, logger, registry, slowMs: 1_000 });
  const repository = new ActivityRepository(db);
  const locks = new LockWatch(repository, clock);
  const activity = new ActivityMonitor(repository, locks, profile, clock);
  const statements = new ServerStatements(new ServerStatementsRepository(db), clock, logger);
  const facts = new ServerFacts(new ServerFactsRepository(db), repository, clock);
  const metrics = new MonitorMetrics(registry, activity, locks, statements, facts);
  const monitors = new Monitors(activity, locks, statements, facts, metrics);
  const close = async (): Promise<void> => {
    await Promise.all([db.close(), profile.stop()]);
  };
  return { db, monitors, report: new ServerReport(monitors), profile, registry, logger, close };
}

/** Sessions of other clients, which end with the test. */
export class Sessions {
  private readonly clients: pg.Client[] = [];

  constructor(private readonly url: () => string) {}

  async open(url = this.url()): Promise<pg.Client> {
    const client = new pg.Client(url);
    client.on('error', () => undefined);
    await client.connect();
    this.clients.push(client);
    return client;
  }

  async closeAll(): Promise<void> {
    await Promise.all(this.clients.splice(0).map((client) => client.end()));
  }
}

/** Backend of a session. */
export async function pidOf(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  return rows[0]?.pid ?? 0;
}

/**
 * Sessions of which each holds a row and waits for that of the one before: `length` of them wait behind the first.
 * Returns their backends in order, and what ends the waiting.
 */
export async function blockInChain(
  sessions: Sessions,
  length: number,
): Promise<{ pids: number[]; release: () => Promise<void> }> {
  const clients: pg.Client[] = [];
  for (let place = 0; place <= length; place += 1) {
    const client = await sessions.open();
    await client.query('BEGIN');
    await client.query('UPDATE chain SET hits = hits + 1 WHERE id = $1', [place]);
    clients.push(client);
  }
  const pids = await Promise.all(clients.map(pidOf));
  const waits = clients
    .slice(1)
    .map((client, index) => client.query('UPDATE chain SET hits = hits + 1 WHERE id = $1', [index]));
  const release = async (): Promise<void> => {
    const ended = clients.slice(1).map(async (client, index) => {
      await waits[index];
      await client.query('COMMIT');
    });
    await clients[0]?.query('COMMIT');
    await Promise.all(ended);
  };
  return { pids, release };
}
