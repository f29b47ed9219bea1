import { RandomIds } from '../../../src/kernel/ids.js';
import { sql } from '../../../src/kernel/sql.js';
import { type MonitorDatabase, openMonitorDatabase } from '../../../src/platform/database/index.js';
import { MetricRegistry } from '../../../src/platform/telemetry/index.js';
import { BaselineRepository } from '../../../src/query-insights/baselines/baseline.repository.js';
import { Baselines } from '../../../src/query-insights/baselines/baselines.js';
import { PlanRepository } from '../../../src/query-insights/baselines/plan.repository.js';
import { Plans } from '../../../src/query-insights/baselines/plans.js';
import { QueryProfile } from '../../../src/query-insights/profile/query-profile.js';
import { CollectingLogger } from '../../support/collecting-logger.js';
import { FakeClock } from '../../support/fake-clock.js';
import { useTestDatabase } from '../../support/test-database.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const WINDOW_MS = 5 * MINUTE_MS;
const BY_OWNER = 'SELECT id FROM things WHERE owner = $1';

const database = useTestDatabase();
let monitor: MonitorDatabase;
const profiles: QueryProfile[] = [];

beforeAll(async () => {
  monitor = openMonitorDatabase(database.url, database.config, {
    clock: new FakeClock(),
    ids: new RandomIds(),
  });
  await database.db.query(sql`CREATE TABLE things (id int PRIMARY KEY, owner int NOT NULL)`);
  await database.db.query(sql`INSERT INTO things SELECT n, n % 1000 FROM generate_series(1, 20000) n`);
});
beforeEach(async () => {
  await database.db.query(sql`DELETE FROM query_baselines`);
  await database.db.query(sql`CREATE INDEX IF NOT EXISTS things_owner ON things (owner)`);
  await database.db.query(sql`ANALYZE things`);
});
afterEach(() => Promise.all(profiles.splice(0).map((profile) => profile.stop())));
afterAll(() => monitor.close());

/** One instance, whose time is ours; statements take as long as they are told to. */
function instance(clock: FakeClock) {
  const world = { clock, logger: new CollectingLogger(), registry: new MetricRegistry(), slowMs: 60_000 };
  const profile = new QueryProfile(world);
  profiles.push(profile);
  const repository = new BaselineRepository(database.db);
  const plans = new Plans(new PlanRepository(monitor), clock);
  const baselines = new Baselines({ profile, repository, plans, clock, retentionDays: 14 });
  let seed = 1;
  const run = async (text: string, meanMs: number, { calls = 100, rows = 20 } = {}): Promise<void> => {
    for (let call = 0; call < calls; call += 1) {
      seed = (seed * 48_271) % 2_147_483_647;
      const ended = profile.watcher.began({ text, values: [1], connection: {} });
      await clock.advance(meanMs * (0.5 + seed / 2_147_483_647));
      ended({ rows });
    }
  };
  /** One window in which the work is done, and then nothing. */
  const window = async (work: () => Promise<void>): Promise<void> => {
    const end = clock.monotonic() + WINDOW_MS;
    await work();
    await clock.advance(end - clock.monotonic());
    await baselines.closeWindow();
  };
  /** A time in which nothing is asked. */
  const rest = async (ms: number): Promise<void> => {
    await clock.advance(ms);
    await baselines.closeWindow();
  };
  return { clock, profile, baselines, run, window, rest };
}

describe('baselines on PostgreSQL', () => {
  it('flags a statement that became slower within the hour, and nothing that did not', async () => {
    const { run, window, baselines } = instance(new FakeClock());
    for (let step = 0; step < 3; step += 1) {
      await window(async () => {
        await run(BY_OWNER, 10);
        await run('SELECT 1', 10);
      });
    }
    expect(baselines.regressions).toEqual([]);

    await window(async () => {
      await run(BY_OWNER, 30);
      await run('SELECT 1', 10);
    });

    expect(baselines.regressions).toMatchObject([
      {
        text: BY_OWNER,
        slowdown: { kind: 'typical', test: 'mann-whitney' },
        before: { baseline: 'last-day', calls: 300 },
        now: { calls: 100 },
        causes: [{ kind: 'unknown' }],
      },
    ]);
    expect(baselines.regressions[0]?.now.meanMs).toBeGreaterThan(25);
    expect(baselines.regressions[0]?.before.meanMs).toBeLessThan(11);
  });

  it('survives a restart: the next process compares with what the last one kept', async () => {
    const clock = new FakeClock();
    const first = instance(clock);
    for (let step = 0; step < 12; step += 1) await first.window(() => first.run(BY_OWNER, 10));

    const second = instance(clock);
    await second.window(() => second.run(BY_OWNER, 30));

    expect(second.baselines.regressions).toMatchObject([
      { before: { baseline: 'last-day', hours: 1, calls: 1_200 } },
    ]);
  });

  it('compares with the same hour of other days once there are three', async () => {
    const { run, window, rest, baselines } = instance(new FakeClock());
    // Slow every night at this hour, and quick in the one before.
    for (let day = 0; day < 3; day += 1) {
      await window(() => run(BY_OWNER, 50, { calls: 60 }));
      await rest(23 * HOUR_MS - WINDOW_MS);
      await window(() => run(BY_OWNER, 5, { calls: 60 }));
      await rest(HOUR_MS - WINDOW_MS);
    }

    await window(() => run(BY_OWNER, 50, { calls: 60 }));
    expect(baselines.regressions).toEqual([]);
    await rest(24 * HOUR_MS - WINDOW_MS);
    await window(() => run(BY_OWNER, 150, { calls: 60 }));

    expect(baselines.regressions).toMatchObject([{ before: { baseline: 'hour-of-day' } }]);
  });

  it('names the plan that changed, before and now', async () => {
    const { run, window, baselines } = instance(new FakeClock());
    for (let step = 0; step < 3; step += 1) await window(() => run(BY_OWNER, 10));
    await database.db.query(sql`DROP INDEX things_owner`);

    await window(() => run(BY_OWNER, 40));

    const [cause] = baselines.regressions[0]?.causes ?? [];
    expect(cause).toMatchObject({
      kind: 'plan-changed',
      before: expect.stringContaining('things_owner'),
      now: 'Seq Scan things',
    });
    expect(JSON.stringify(await monitor.query(sql`SELECT name FROM pg_prepared_statements`))).not.toContain(
      'plimsoll_plan',
    );
  });

  it('names rows that grew, calls that grew, and waits, with figures', async () => {
    const { run, window, baselines, profile, clock } = instance(new FakeClock());
    for (let step = 0; step < 3; step += 1) await window(() => run(BY_OWNER, 10));

    await window(async () => {
      await run(BY_OWNER, 40, { calls: 300, rows: 80 });
      const ended = profile.watcher.began({ text: BY_OWNER, values: [1], connection: { processID: 42 } });
      for (let second = 0; second < 10; second += 1) {
        await clock.advance(1_000);
        profile.noteWait(42, 'Lock:transactionid');
      }
      ended({ rows: 80 });
    });

    expect(baselines.regressions[0]?.causes).toMatchObject([
      { kind: 'waits', events: { 'Lock:transactionid': 10 } },
      { kind: 'rows-grew', beforePerCall: 20, nowPerCall: 80 },
      { kind: 'calls-grew' },
    ]);
  });

  it('says when everything is slower, which no single statement is to blame for', async () => {
    const { run, window, baselines } = instance(new FakeClock());
    const texts = ['SELECT 1', 'SELECT a FROM b', BY_OWNER];
    for (let step = 0; step < 3; step += 1) {
      await window(async () => {
        for (const text of texts) await run(text, 10);
      });
    }

    await window(async () => {
      for (const text of texts) await run(text, 30);
    });

    expect(baselines.regressions).toHaveLength(3);
    expect(baselines.regressions[0]?.causes).toContainEqual({
      kind: 'everything-slower',
      slower: 3,
      compared: 3,
    });
  });

  it('forgets hours that are too old, and everything on demand', async () => {
    const { run, window, rest, baselines } = instance(new FakeClock());
    const hours = async (): Promise<number> =>
      (await database.db.query<{ n: number }>(sql`SELECT count(*)::int AS n FROM query_baselines`))[0]?.n ??
      0;
    await window(() => run(BY_OWNER, 10));
    await rest(15 * 24 * HOUR_MS);
    await window(() => run(BY_OWNER, 10));
    expect(await hours()).toBe(1);

    expect(await baselines.reset()).toBe(1);

    expect(await hours()).toBe(0);
  });

  it('adds up what several instances did in one hour', async () => {
    const clock = new FakeClock();
    const [a, b] = [instance(clock), instance(clock)];
    await a.window(() => a.run(BY_OWNER, 10, { calls: 60 }));
    await b.window(() => b.run(BY_OWNER, 20, { calls: 40 }));

    const rows = await database.db.query<{ calls: number }>(sql`
      SELECT calls::int AS calls FROM query_baselines WHERE plan LIKE '%things%'`);

    expect(rows).toEqual([{ calls: 100 }]);
  });
});
