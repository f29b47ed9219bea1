import { SeriesMatches } from '../../../src/collectors/windows/series-matches.js';
import { type SeriesPattern, WindowRepository } from '../../../src/collectors/windows/window.repository.js';
import { sql, type SqlFragment } from '../../../src/kernel/sql.js';
import type { Database } from '../../../src/platform/database/index.js';
import { createTenant } from '../../support/collectors.js';
import { countingReads } from '../../support/foresight.js';
import { useTestDatabase } from '../../support/test-database.js';

const SERIES = 3_000;

describe('series by pattern, on PostgreSQL', () => {
  const pg = useTestDatabase();
  let tenantId = '';

  beforeAll(async () => {
    tenantId = await createTenant(pg.db, 'many-series');
    const other = await createTenant(pg.db, 'others');
    await pg.db.query(sql`
      INSERT INTO scraper_series (tenant_id, scraper_source, metric_type)
      SELECT tenant, 'source-' || n / 3, 'type-' || n % 3
      FROM unnest(ARRAY[${tenantId}, ${other}]::bigint[]) AS tenant, generate_series(0, ${SERIES - 1}::int) AS n`);
    await pg.db.query(sql`ANALYZE scraper_series`);
  });

  const pattern = (scraperSource: string | null, metricType: string | null): SeriesPattern => ({
    ...{ tenantId, scraperSource, metricType },
  });

  it('are those of the tenant that it names, by id, at most so many', async () => {
    const matches = new SeriesMatches(new WindowRepository(pg.db));

    const found = await matches.find(
      [
        pattern('source-7', 'type-1'),
        pattern('source-7', null),
        pattern(null, 'type-2'),
        pattern(null, null),
        pattern('nobody', 'type-1'),
      ],
      10,
    );

    expect(found.map(({ length }) => length)).toEqual([1, 3, 10, 10, 0]);
    expect(found[1]?.map(({ metricType }) => metricType)).toEqual(['type-0', 'type-1', 'type-2']);
    expect(new Set(found[2]?.map(({ metricType }) => metricType))).toEqual(new Set(['type-2']));
    const ids = found[3]?.map(({ id }) => id) ?? [];
    expect(ids).toEqual(ids.toSorted((a, b) => a - b));
  });

  it('are asked for once, whoever names the same pattern', async () => {
    const counting = countingReads(pg.db);
    const matches = new SeriesMatches(new WindowRepository(counting.db));
    const thousands = Array.from({ length: 5_000 }, () => pattern(null, null));

    const found = await matches.find(thousands, 501);

    expect(counting.count()).toBe(1);
    expect(new Set(found)).toHaveProperty('size', 1);
    expect(found[4_999]).toHaveLength(501);
  });

  it('are found by the index, not by reading all series of the tenant for each pattern', async () => {
    const statements: SqlFragment[] = [];
    const noting = { read: (statement: SqlFragment) => Promise.resolve(void statements.push(statement)) };
    await new WindowRepository(noting as unknown as Database).match(
      Array.from({ length: 300 }, (_, index) =>
        pattern(`source-${index}`, index % 2 === 0 ? null : 'type-1'),
      ),
      501,
    );

    const plan = await pg.db.query(sql`EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) ${statements[0] ?? sql``}`);

    expect(JSON.stringify(plan)).toMatch(/actual rows=600(\.00)? loops=1/);
    expect(JSON.stringify(plan)).not.toContain('Rows Removed by Filter');
  });
});
