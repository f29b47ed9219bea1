import type { ShareRequest } from '../../../src/collectors/index.js';
import { bucketOf } from '../../../src/kernel/log-buckets.js';
import { sql } from '../../../src/kernel/sql.js';
import { collectorsOn, createTenant, eventSharesOn } from '../../support/collectors.js';
import { Random } from '../../support/random.js';
import { useTestDatabase } from '../../support/test-database.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

interface Event {
  readonly source: string;
  readonly at: number;
  readonly durationMs: number | null;
  readonly success: boolean;
}

/** What a raw event counts as, by the definition. */
function shareOf(events: readonly Event[], boundMs: number | null): { events: number; good: number } {
  if (boundMs === null)
    return { events: events.length, good: events.filter(({ success }) => success).length };
  const durations = events.flatMap(({ durationMs }) => durationMs ?? []);
  const good = durations.filter((ms) => bucketOf(ms) <= bucketOf(boundMs)).length;
  return { events: durations.length, good };
}

describe('shares of good events on PostgreSQL', () => {
  const pg = useTestDatabase();
  const now = Date.now();
  const random = new Random(61_803);
  const events: Event[] = [];
  let tenantId = '';

  function someEvents(count: number, spanMs: number): Event[] {
    return Array.from({ length: count }, () => ({
      source: random.of(['north', 'south']),
      at: now - Math.floor(random.fraction() * spanMs),
      durationMs: random.fraction() < 0.1 ? null : Math.round(random.fraction() ** 3 * 1e6) / 1e3,
      success: random.fraction() < 0.9,
    }));
  }

  async function store(tenant: string, rows: readonly Event[]): Promise<void> {
    await pg.db.query(sql`
      INSERT INTO scraper_series (tenant_id, scraper_source, metric_type)
      SELECT DISTINCT ${tenant}::bigint, s, 'page' FROM unnest(${rows.map(({ source }) => source)}::text[]) AS n (s)
      ON CONFLICT DO NOTHING`);
    await pg.db.query(sql`
      INSERT INTO scraper_page_performance (series_id, created_at, scrape_duration_ms, is_navigation, success)
      SELECT series.id, to_timestamp(e.at / 1000), e.duration, false, e.success
      FROM unnest(${rows.map(({ source }) => source)}::text[], ${rows.map(({ at }) => at)}::float8[],
        ${rows.map(({ durationMs }) => durationMs)}::float8[], ${rows.map(({ success }) => success)}::boolean[])
        AS e (source, at, duration, success)
      JOIN scraper_series series ON series.tenant_id = ${tenant}::bigint AND series.scraper_source = e.source`);
  }

  beforeAll(async () => {
    await collectorsOn(pg.db).partitions.ensure();
    tenantId = await createTenant(pg.db, 'counted');
    const first = [...someEvents(1_500, 12 * DAY_MS), ...someEvents(800, 2 * HOUR_MS)];
    await store(tenantId, first);
    await store(await createTenant(pg.db, 'other'), first.slice(0, 500));
    await collectorsOn(pg.db).refresher.refresh();
    // These leave marks: hours and days whose rollups are not true any more.
    const late = [...someEvents(40, 12 * DAY_MS), ...someEvents(40, 3 * HOUR_MS)];
    await store(tenantId, late);
    events.push(...first, ...late);
  });

  function requests(until: number, count: number): ShareRequest[] {
    return Array.from({ length: count }, () => ({
      tenantId,
      scraperSource: random.of(['north', 'south', 'nowhere', null]),
      metricType: random.of(['page', null]),
      boundMs: random.of([null, 1, 100, 500, 1_000]),
      since: new Date(
        until -
          random.of([
            5 * MINUTE_MS,
            30 * MINUTE_MS,
            HOUR_MS,
            6 * HOUR_MS,
            DAY_MS,
            3 * DAY_MS,
            Math.floor(random.fraction() * 12 * DAY_MS),
          ]),
      ),
    }));
  }

  function expected({ scraperSource, boundMs, since }: ShareRequest, until: number) {
    const counted = events.filter(
      ({ source, at }) => (scraperSource ?? source) === source && at >= since.getTime() && at < until,
    );
    return { ...shareOf(counted, boundMs), isCut: false };
  }

  it('are those of the raw events, whatever the window, also where rollups are behind', async () => {
    for (const until of [now, now - 1_234_567, Math.floor(now / HOUR_MS) * HOUR_MS, now - 3 * DAY_MS]) {
      const asked = requests(until, 150);

      const shares = await eventSharesOn(pg.db).sharesUntil(asked, new Date(until));

      expect(shares).toEqual(asked.map((request) => expected(request, until)));
    }
  });

  it('would show a wrong count: one event more is another share', async () => {
    const request = {
      tenantId,
      scraperSource: null,
      metricType: null,
      boundMs: 500,
      since: new Date(now - DAY_MS),
    };
    const before = await eventSharesOn(pg.db).sharesUntil([request], new Date(now));
    const one = { source: 'north', at: now - HOUR_MS, durationMs: 900, success: true };
    await store(tenantId, [one]);
    events.push(one);

    const after = await eventSharesOn(pg.db).sharesUntil([request], new Date(now));

    expect(after[0]?.events).toBe((before[0]?.events ?? 0) + 1);
    expect(after).toEqual([expected(request, now)]);
  });

  it('are by few statements, however many ask', async () => {
    const texts: string[] = [];
    pg.db.watch({
      began: ({ text }) => {
        texts.push(text);
        return () => undefined;
      },
    });

    await eventSharesOn(pg.db).sharesUntil(requests(now, 200), new Date(now));

    expect(texts.length).toBeLessThanOrEqual(3);
  });
});
