import { JudgedTimeseries, type Measure } from '../../../src/collectors/index.js';
import { sql } from '../../../src/kernel/sql.js';
import { collectorsOn, createTenant } from '../../support/collectors.js';
import { FakeClock } from '../../support/fake-clock.js';
import { Random } from '../../support/random.js';
import { useTestDatabase } from '../../support/test-database.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const NOW = Date.UTC(2026, 5, 30, 12, 30);
/** The hour in which the shop was slow. */
const SLOW_AT = NOW - 30 * MINUTE_MS - 10 * HOUR_MS;

describe('judged time series on PostgreSQL', () => {
  const pg = useTestDatabase();
  const clock = new FakeClock(new Date(NOW));
  let tenantId = '';

  /** Two events an hour with a daily rhythm over eight weeks, ten times slower in one hour. */
  async function write(scraperSource: string, days: number): Promise<void> {
    const random = new Random(7);
    const [seriesId] = await collectorsOn(pg.db, clock).series.resolve(tenantId, [
      { scraperSource, metricType: 'scrape' },
    ]);
    const at = Array.from({ length: days * 48 }, (_, index) => NOW - 5 * MINUTE_MS - index * 30 * MINUTE_MS);
    const duration = at.map((instant) => {
      const usual = 1_000 + 300 * Math.sin((2 * Math.PI * instant) / DAY_MS) + 40 * (random.fraction() - 0.5);
      return instant >= SLOW_AT && instant < SLOW_AT + HOUR_MS ? 10 * usual : usual;
    });
    await pg.db.query(sql`
      INSERT INTO scraper_page_performance (series_id, created_at, scrape_duration_ms, items_extracted, is_navigation, success)
      SELECT ${seriesId}::integer, to_timestamp(at / 1000), duration, 3, false, true
      FROM unnest(${at}::float8[], ${duration}::float8[]) AS s (at, duration)`);
  }

  async function judged(
    scraperSource: string,
    { fromMs, toMs = NOW, measure = 'avgDurationMs' }: { fromMs: number; toMs?: number; measure?: Measure },
  ) {
    const judge = new JudgedTimeseries(collectorsOn(pg.db, clock).statistics, clock);
    const window = { from: new Date(fromMs), to: new Date(toMs) };
    return judge.timeseries({ tenantId, scraperSource, window }, '1h', measure);
  }

  beforeAll(async () => {
    const { partitions, refresher } = collectorsOn(pg.db, clock);
    await partitions.ensure();
    tenantId = await createTenant(pg.db, 'judged');
    await write('shop', 56);
    await write('young', 2);
    await refresher.refresh();
  });

  it('mark the one odd hour of a day, and hold the others in the band', async () => {
    const { rows, stepsBefore } = await judged('shop', { fromMs: NOW - DAY_MS });

    expect(stepsBefore).toBeGreaterThan(1_000);
    const odd = rows.filter(({ anomaly }) => anomaly?.isAnomaly);
    expect(odd.map(({ timestamp }) => timestamp.getTime())).toEqual([SLOW_AT]);
    const outside = rows.filter(
      ({ avgDurationMs, band }) =>
        avgDurationMs !== null && (avgDurationMs < (band.lower ?? 0) || avgDurationMs > (band.upper ?? 0)),
    );
    expect(outside.length).toBeLessThanOrEqual(2);
    expect(odd[0]?.band.expected).toBeGreaterThan(600);
    expect(odd[0]?.band.expected).toBeLessThan(1_400);
  });

  it('say the same of a step whatever follows it', async () => {
    const short = await judged('shop', { fromMs: NOW - 2 * DAY_MS, toMs: SLOW_AT - 5 * HOUR_MS });
    const long = await judged('shop', { fromMs: NOW - 2 * DAY_MS });

    expect(short.rows).toEqual(long.rows.slice(0, short.rows.length));
    expect(short.rows.length).toBeGreaterThan(20);
  });

  it('judge neither the hour that is not over nor one that the window cuts', async () => {
    const { rows } = await judged('shop', { fromMs: NOW - DAY_MS, measure: 'count' });

    expect(rows[0]?.anomaly).toBeNull();
    expect(rows.at(-1)).toMatchObject({ count: 1, anomaly: null });
    const whole = rows.slice(1, -1);
    expect(whole.some(({ anomaly }) => anomaly === null || anomaly.isAnomaly)).toBe(false);
    expect(whole.every(({ band }) => Math.abs((band.expected ?? 0) - 2) < 0.1)).toBe(true);
  });

  it('raise no alarm in a series that has just begun', async () => {
    const { rows } = await judged('young', { fromMs: NOW - 7 * DAY_MS, measure: 'count' });

    expect(rows.some(({ anomaly }) => anomaly?.isAnomaly)).toBe(false);
    expect(rows.filter(({ anomaly }) => anomaly === null).length).toBeGreaterThan(100);
  });

  it('have neither band nor score where there is nothing', async () => {
    const { rows, stepsBefore } = await judged('nobody', { fromMs: NOW - DAY_MS });

    expect(stepsBefore).toBeGreaterThan(1_000);
    expect(new Set(rows.map(({ band, anomaly }) => JSON.stringify([band.expected, anomaly])))).toEqual(
      new Set(['[null,null]']),
    );
  });
});
