import { sql } from '../../../src/kernel/sql.js';
import { collectorsOn, createTenant } from '../../support/collectors.js';
import { Random } from '../../support/random.js';
import { useTestDatabase } from '../../support/test-database.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

interface Sample {
  readonly atMs: number;
  readonly durationMs: number | null;
  readonly items: number;
  readonly success: boolean;
}

/** Statistics by definition: nearest rank on the sorted values. */
function expectedOf(samples: readonly Sample[]) {
  const durations = samples.flatMap(({ durationMs }) => durationMs ?? []).sort((a, b) => a - b);
  const rank = (share: number): number | null => durations[Math.ceil(share * durations.length) - 1] ?? null;
  const count = samples.length;
  const successCount = samples.filter(({ success }) => success).length;
  return {
    count,
    successCount,
    successRate: count > 0 ? successCount / count : null,
    totalItems: samples.reduce((sum, { items }) => sum + items, 0),
    avgDurationMs: durations.length > 0 ? durations.reduce((a, b) => a + b, 0) / durations.length : null,
    minDurationMs: durations[0] ?? null,
    maxDurationMs: durations.at(-1) ?? null,
    p50DurationMs: rank(0.5),
    p95DurationMs: rank(0.95),
    p99DurationMs: rank(0.99),
  };
}

function expectStatistics(actual: object, samples: readonly Sample[]): void {
  const near = (name: string, value: number | null, tolerance: number): void => {
    const got = (actual as Record<string, number | null>)[name];
    if (value === null) expect({ [name]: got }).toEqual({ [name]: null });
    else expect(Math.abs((got ?? NaN) - value)).toBeLessThanOrEqual(tolerance * value);
  };
  const { avgDurationMs, p50DurationMs, p95DurationMs, p99DurationMs, ...exact } = expectedOf(samples);
  expect(actual).toMatchObject(exact);
  near('avgDurationMs', avgDurationMs, 1e-9);
  near('p50DurationMs', p50DurationMs, 0.01);
  near('p95DurationMs', p95DurationMs, 0.01);
  near('p99DurationMs', p99DurationMs, 0.01);
}

describe('statistics on PostgreSQL', () => {
  const pg = useTestDatabase();
  const random = new Random(7);
  const samples: Sample[] = [];
  let tenantId = '';
  const filter = () => ({ tenantId, scraperSource: 'shop', metricType: 'scrape' });

  /** Writes samples behind the module's back, as a bulk import would. */
  async function write(batch: readonly Sample[]): Promise<void> {
    const [seriesId] = await collectorsOn(pg.db).series.resolve(tenantId, [filter()]);
    await pg.db.query(sql`
      INSERT INTO scraper_page_performance (series_id, created_at, scrape_duration_ms, items_extracted, is_navigation, success)
      SELECT ${seriesId}::integer, to_timestamp(at / 1000), duration, items, false, success
      FROM unnest(${batch.map(({ atMs }) => atMs)}::float8[], ${batch.map(({ durationMs }) => durationMs)}::float8[],
        ${batch.map(({ items }) => items)}::integer[], ${batch.map(({ success }) => success)}::boolean[]
      ) AS s (at, duration, items, success)`);
    samples.push(...batch);
  }

  const sampleAt = (atMs: number): Sample => ({
    atMs: Math.floor(atMs),
    durationMs: random.of([null, 0, random.fraction(), 10 ** (random.fraction() * 8)]),
    items: random.below(100),
    success: random.fraction() < 0.8,
  });

  beforeAll(async () => {
    const { partitions, refresher } = collectorsOn(pg.db);
    await partitions.ensure();
    tenantId = await createTenant(pg.db, 'statistics');
    await write(Array.from({ length: 6_000 }, () => sampleAt(Date.now() - random.fraction() * 40 * DAY_MS)));
    await refresher.refresh();
  });

  it.each(Array.from({ length: 25 }, (_, index) => index))(
    'equal the definition for any window, over clean and changed hours (window %i)',
    async (index) => {
      const { statistics, refresher } = collectorsOn(pg.db);
      const lengthMs =
        random.of([MINUTE_MS, HOUR_MS, 5 * HOUR_MS, DAY_MS, 9 * DAY_MS, 35 * DAY_MS]) *
        (0.5 + random.fraction());
      const alignMs = random.of([1, HOUR_MS, DAY_MS]);
      const fromMs = Math.floor((Date.now() - lengthMs - random.fraction() * 3 * DAY_MS) / alignMs) * alignMs;
      const toMs = Math.ceil(fromMs + lengthMs);
      await write(
        Array.from({ length: random.below(4) }, () => sampleAt(fromMs + random.fraction() * lengthMs)).filter(
          ({ atMs }) => atMs < Date.now(),
        ),
      );
      if (index % 3 === 0) await refresher.refresh();

      const { rows } = await statistics.stats({
        ...filter(),
        window: { from: new Date(fromMs), to: new Date(toMs) },
      });

      expect(rows).toHaveLength(1);
      expectStatistics(
        rows[0] ?? {},
        samples.filter(({ atMs }) => atMs >= fromMs && atMs < toMs),
      );
    },
  );

  it.each(['5m', '1h', '1d'] as const)(
    'give charts of %s whose every point equals the definition',
    async (granularity) => {
      const { statistics } = collectorsOn(pg.db);
      const stepMs = { '5m': 5 * MINUTE_MS, '1h': HOUR_MS, '1d': DAY_MS }[granularity];
      await write([sampleAt(Date.now() - 5_000), sampleAt(Date.now() - 2 * DAY_MS)]);
      const from = new Date(Date.now() - 6.3 * DAY_MS);
      const to = new Date(Date.now() - 1);

      const { rows } = await statistics.timeseries({ ...filter(), window: { from, to } }, granularity);

      expect(rows).toHaveLength(Math.floor(to.getTime() / stepMs) - Math.floor(from.getTime() / stepMs) + 1);
      for (const point of rows) {
        const startMs = Math.max(from.getTime(), point.timestamp.getTime());
        const endMs = Math.min(to.getTime(), point.timestamp.getTime() + stepMs);
        expectStatistics(
          point,
          samples.filter(({ atMs }) => atMs >= startMs && atMs < endMs),
        );
      }
    },
  );

  it('include an event that was stored a moment ago, late or by a clock that is ahead', async () => {
    const { statistics, ingest } = collectorsOn(pg.db);
    const window = { timeWindow: '30d' } as const;
    const before = (await statistics.stats({ ...filter(), window })).rows[0]?.count ?? 0;
    const events = [0, -20 * DAY_MS, 4 * MINUTE_MS].map((offsetMs) => ({
      scraperSource: 'shop',
      metricType: 'scrape',
      scrapeDurationMs: 12,
      success: true,
      createdAt: new Date(Date.now() + offsetMs).toISOString(),
    }));

    await ingest.ingest({ tenantId, events, path: 'events' });

    expect((await statistics.stats({ ...filter(), window })).rows[0]?.count).toBe(before + 3);
  });

  it('answer count 0 and nulls for an empty window and for names nobody has used', async () => {
    const { statistics } = collectorsOn(pg.db);
    const empty = {
      count: 0,
      successCount: 0,
      successRate: null,
      totalItems: 0,
      avgDurationMs: null,
      p99DurationMs: null,
    };
    const window = { from: new Date(Date.now() - 80 * DAY_MS), to: new Date(Date.now() - 79 * DAY_MS) };

    const known = await statistics.stats({ tenantId, window });
    const unknown = await statistics.stats({ tenantId, scraperSource: 'nobody', window });

    expect(known.rows).toEqual([
      expect.objectContaining({ scraperSource: 'shop', metricType: 'scrape', ...empty }),
    ]);
    expect(unknown.rows).toEqual([
      expect.objectContaining({ scraperSource: 'nobody', metricType: null, ...empty }),
    ]);
  });

  it('never show the events of another tenant', async () => {
    const { statistics } = collectorsOn(pg.db);
    const stranger = await createTenant(pg.db, 'stranger');

    const all = await statistics.stats({ tenantId: stranger, window: { timeWindow: '30d' } });
    const named = await statistics.stats({ ...filter(), tenantId: stranger, window: { timeWindow: '30d' } });

    expect(all.rows).toEqual([]);
    expect(named.rows).toEqual([expect.objectContaining({ count: 0 })]);
  });

  it.each([
    [
      'a window that ends before it begins',
      { from: new Date('2026-01-02T00:00:00Z'), to: new Date('2026-01-01T00:00:00Z') },
    ],
    ['a window of centuries', { from: new Date('0001-01-01T00:00:00Z') }],
  ])('refuse %s', async (_, window) => {
    const asked = collectorsOn(pg.db).statistics.stats({ tenantId, window });

    await expect(asked).rejects.toMatchObject({ code: 'COLLECTORS_WINDOW_INVALID' });
  });

  it('refuse a chart of more points than anyone can draw', async () => {
    const window = { from: new Date(Date.now() - 89 * DAY_MS) };

    const asked = collectorsOn(pg.db).statistics.timeseries({ tenantId, window }, '5m');

    await expect(asked).rejects.toMatchObject({ code: 'COLLECTORS_WINDOW_INVALID', kind: 'invalid' });
  });
});
