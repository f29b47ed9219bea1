import { sql } from '../../../src/kernel/sql.js';
import type { Database } from '../../../src/platform/database/index.js';
import { auditRollups } from '../../support/rollup-audit.js';
import { collectorsOn, createTenant } from '../../support/collectors.js';
import { changeRandomly } from '../../support/random-changes.js';
import { Random } from '../../support/random.js';
import { openDatabase, useTestDatabase } from '../../support/test-database.js';

class RolledBack extends Error {}

describe('rollups on PostgreSQL', () => {
  const pg = useTestDatabase();
  let seriesIds: number[] = [];

  beforeAll(async () => {
    const { partitions, series } = collectorsOn(pg.db);
    await partitions.ensure();
    const tenantId = await createTenant(pg.db, 'rollups');
    const names = ['a', 'b', 'c'].map((metricType) => ({ scraperSource: 'shop', metricType }));
    seriesIds = await series.resolve(tenantId, names);
  });

  it.each([1, 20261121])(
    'equal a recomputation, cell by cell, after random changes by four writers beside two refreshers (seed %i)',
    async (seed) => {
      const other = openDatabase(pg.url);
      const random = new Random(seed);
      let isWriting = true;
      const refreshers = [collectorsOn(pg.db).refresher, collectorsOn(other.db).refresher];

      const refreshing = refreshers.map(async (refresher) => {
        while (isWriting) await refresher.refresh();
      });
      const writing = Array.from({ length: 4 }, async () => {
        for (let change = 0; change < 250; change += 1) await changeRandomly(pg.db, random, seriesIds);
      });
      await Promise.all(writing);
      isWriting = false;
      await Promise.all(refreshing);
      await refreshers[0]?.refresh();

      expect(await auditRollups(pg.db)).toEqual([]);
      await other.db.close();
    },
    120_000,
  );

  it('are found wrong by the audit when a cell, a sketch or a row is tampered with', async () => {
    await pg.db.query(sql`
      INSERT INTO scraper_page_performance (series_id, created_at, scrape_duration_ms, is_navigation, success)
      SELECT ${seriesIds[0]}::integer, now() - i * interval '1 hour', i, false, true FROM generate_series(0, 2) AS i`);
    await collectorsOn(pg.db).refresher.refresh();

    for (const tampering of [
      sql`UPDATE scraper_metrics_hourly SET success_count = success_count + 1`,
      sql`UPDATE scraper_daily_summary SET sketch = sketch || '\\x000100000001'::bytea`,
      sql`DELETE FROM scraper_metrics_hourly`,
    ]) {
      const found = pg.db.transaction(async (tx) => {
        await tx.query(tampering);
        throw new Found(await auditRollups(tx));
      });

      await expect(found).rejects.toMatchObject({
        differences: expect.arrayContaining([expect.any(String)]),
      });
    }
  });

  it('keep a change that commits between the removal of its mark and the recomputation', async () => {
    const { rollups, refresher } = collectorsOn(pg.db);
    const insert = sql`
      INSERT INTO scraper_page_performance (series_id, created_at, scrape_duration_ms, is_navigation, success)
      VALUES (${seriesIds[1]}, now() - interval '3 days', 5, false, true)`;
    await pg.db.query(insert);

    await pg.db.transaction(async (tx) => {
      await rollups.lock(tx);
      const hours = await rollups.takeMarks(tx, 1_000);
      await pg.db.query(insert);
      await rollups.rollUpHours(tx, hours);
    });
    await refresher.refresh();

    expect(await auditRollups(pg.db)).toEqual([]);
  });

  it('keep their marks when the refreshing connection is killed', async () => {
    const { rollups, refresher } = collectorsOn(pg.db);
    await pg.db.query(sql`
      INSERT INTO scraper_page_performance (series_id, created_at, scrape_duration_ms, is_navigation, success)
      VALUES (${seriesIds[2]}, now() - interval '2 days', 7, false, true)`);

    const killed = pg.db.transaction(async (tx) => {
      await rollups.lock(tx);
      const hours = await rollups.takeMarks(tx, 1_000);
      await rollups.rollUpHours(tx, hours);
      const [me] = await tx.query<{ pid: number }>(sql`SELECT pg_backend_pid() AS pid`);
      await pg.db.query(sql`SELECT pg_terminate_backend(${me?.pid})`);
      await tx.query(sql`SELECT 1`);
    });

    await expect(killed).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
    expect(await rollups.backlog(pg.db)).toBeGreaterThan(0);
    await refresher.refresh();
    expect(await auditRollups(pg.db)).toEqual([]);
  });

  it('take fewer marks at once when a statement runs into its time limit, and get through', async () => {
    await pg.db.query(sql`
      INSERT INTO scraper_page_performance (series_id, created_at, scrape_duration_ms, is_navigation, success)
      SELECT ${seriesIds[0]}::integer, now() - i * interval '2 seconds', i % 1000, false, true
      FROM generate_series(1, 60000) AS i`);
    await pg.db.query(sql`
      INSERT INTO rollup_marks (series_id, hour)
      SELECT series_id, hour FROM rollup_marks, generate_series(1, 20)`);
    const atOnce = (db: Database): Promise<void> =>
      db.transaction(async (tx) => {
        const { rollups } = collectorsOn(db);
        await rollups.rollUpHours(tx, await rollups.takeMarks(tx, 20_000));
        throw new RolledBack();
      });
    // How long it takes here tells what is too short for all at once, and long enough for a part.
    const startedAt = performance.now();
    await expect(atOnce(pg.db)).rejects.toThrow(RolledBack);
    const slow = openDatabase(pg.url, {
      config: { statementTimeoutMs: Math.ceil((performance.now() - startedAt) / 4) },
    });

    const { refresher } = collectorsOn(slow.db);
    await expect(atOnce(slow.db)).rejects.toMatchObject({ code: 'DATABASE_STATEMENT_TIMEOUT' });
    const report = await refresher.refresh();

    expect(report.hours).toBeGreaterThan(30);
    expect(await auditRollups(pg.db)).toEqual([]);
    await slow.db.close();
  });

  it.each([0, 1e-9, 1e12])('hold a duration of %d ms and its square', async (durationMs) => {
    const { refresher } = collectorsOn(pg.db);
    await pg.db.query(sql`
      INSERT INTO scraper_page_performance (series_id, created_at, scrape_duration_ms, is_navigation, success)
      VALUES (${seriesIds[0]}, now() - interval '30 days', ${durationMs}, false, true)`);

    await refresher.refresh();

    expect(await auditRollups(pg.db)).toEqual([]);
  });

  it.each([1e-200, 5e-324, 1e13, -1, NaN, Infinity])(
    'cannot be poisoned by a duration of %d ms',
    async (durationMs) => {
      const inserted = pg.db.query(sql`
      INSERT INTO scraper_page_performance (series_id, created_at, scrape_duration_ms, is_navigation, success)
      VALUES (${seriesIds[0]}, now(), ${durationMs}::float8, false, true)`);

      await expect(inserted).rejects.toMatchObject({ code: '23514' });
    },
  );

  it('leave the work to the refresher that holds the lock', async () => {
    const { rollups, refresher } = collectorsOn(pg.db);

    const report = await pg.db.transaction(async (tx) => {
      await rollups.lock(tx);
      return refresher.refresh();
    });

    expect(report).toEqual({ hours: 0, isBusyElsewhere: true });
  });
});

/** Carries the audit's findings out of a transaction that must not commit. */
class Found extends Error {
  constructor(readonly differences: string[]) {
    super('tampering was found');
  }
}
