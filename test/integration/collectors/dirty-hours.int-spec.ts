import { StepRepository } from '../../../src/collectors/anomalies/step.repository.js';
import { ShareRepository } from '../../../src/collectors/windows/share.repository.js';
import { WindowRepository } from '../../../src/collectors/windows/window.repository.js';
import { sql, type SqlFragment } from '../../../src/kernel/sql.js';
import type { Database } from '../../../src/platform/database/index.js';
import { collectorsOn, createTenant } from '../../support/collectors.js';
import { FakeClock } from '../../support/fake-clock.js';
import { writeDurations } from '../../support/foresight.js';
import { useTestDatabase } from '../../support/test-database.js';

const HOUR_MS = 3_600_000;
const END = Date.UTC(2026, 5, 30, 12);
const HOURS = 30;
const SOURCES = Array.from({ length: 40 }, (_, index) => `source-${index}`);

describe('marked hours, on PostgreSQL', () => {
  const pg = useTestDatabase();
  let seriesIds: number[] = [];

  /** An event in the middle of each hour, or of each so-many-th one. */
  async function write(tenantId: string, scraperSource: string, every: number): Promise<void> {
    const hours = Array.from({ length: HOURS / every }, (_, index) => END - (index * every + 0.5) * HOUR_MS);
    await writeDurations(
      pg.db,
      { tenantId, scraperSource },
      hours.map((at, index) => [at, 100 + index]),
    );
  }

  beforeAll(async () => {
    const { partitions, refresher } = collectorsOn(pg.db, new FakeClock(new Date(END)));
    await partitions.ensure();
    const tenantId = await createTenant(pg.db, 'marked');
    for (const source of SOURCES) await write(tenantId, source, 1);
    await refresher.refresh();
    for (const source of SOURCES.slice(0, 30)) await write(tenantId, source, 3);
    const rows = await pg.db.query<{ id: number }>(sql`SELECT id FROM scraper_series ORDER BY id`);
    seriesIds = rows.map(({ id }) => id);
  });

  it('give the steps that raw rows give, beside hours that are rolled up', async () => {
    const steps = new StepRepository(pg.db);
    const question = {
      seriesIds,
      since: seriesIds.map((id) => new Date(END - (id % 2 === 0 ? HOURS : 5) * HOUR_MS)),
      until: new Date(END),
      stepMs: HOUR_MS,
    };
    const countsOf = (cells: readonly { position: number; at: Date; events: number }[]) =>
      cells.map(({ position, at, events }) => [position, at, events]);

    const rolledUp = await steps.fromRollups(question, false);
    const raw = await steps.fromRaw(question, new Set());

    expect(countsOf(rolledUp)).toEqual(countsOf(raw));
    expect(new Set(raw.map(({ events }) => events))).toEqual(new Set([1, 2]));
  });

  it('are read once by a statement, not once for each series', async () => {
    const many = await pg.db.query<{ id: number }>(sql`
      INSERT INTO scraper_series (tenant_id, scraper_source, metric_type)
      SELECT id, 'marked-' || n, 'scrape' FROM tenants, generate_series(1, 2000) AS n WHERE slug = 'marked'
      RETURNING id`);
    const seriesIds = many.map(({ id }) => id);
    const hour = new Date(END - 2 * HOUR_MS);
    await pg.db.query(sql`
      INSERT INTO rollup_marks (series_id, hour) SELECT id, ${hour} FROM unnest(${seriesIds}::integer[]) AS id`);
    const statements: SqlFragment[] = [];
    const noting = {
      read: (statement: SqlFragment) => Promise.resolve(statements.splice(0, 0, statement)),
    } as unknown as Database;
    const [from, to] = [new Date(END - 6 * HOUR_MS), new Date(END)];
    const none = seriesIds.map(() => 0);
    await new WindowRepository(noting).fromRollups({ spans: [{ from, to }], seriesIds, spanOf: none });
    await new ShareRepository(noting).count({
      until: to,
      windows: [{ since: from, edgeMs: null }],
      seriesIds,
      windowOf: none,
    });
    const since = seriesIds.map(() => from);
    await new StepRepository(noting).fromRollups({ seriesIds, since, until: to, stepMs: HOUR_MS }, false);

    for (const statement of statements) {
      const plan = JSON.stringify(
        await pg.db.query(sql`EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) ${statement}`),
      );
      const loops = [...plan.matchAll(/CTE Scan on dirty[^"]*?loops=(\d+)/g)].map(([, count]) => count);
      expect(loops).toEqual(['1']);
    }
    expect(statements).toHaveLength(3);
  });
});
