import type { MeasurementRequest } from '../../../src/collectors/index.js';
import { sql } from '../../../src/kernel/sql.js';
import { collectorsOn, createTenant, measurementWindowsOn } from '../../support/collectors.js';
import { Random } from '../../support/random.js';
import { useTestDatabase } from '../../support/test-database.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** What sketches promise. */
const RELATIVE_ERROR = 0.01;

interface Event {
  readonly source: string;
  readonly type: string;
  readonly at: number;
  readonly durationMs: number | null;
  readonly items: number | null;
  readonly success: boolean;
}

const MEASURES = ['durationMs', 'items', 'successRatio'] as const;
const AGGREGATIONS = ['mean', 'min', 'max', 'sum', 'count', 'last', 'p50', 'p95', 'p99'] as const;
/** The least and the greatest are ranks, too. */
const RANKS: Readonly<Record<string, number>> = { min: 0, max: 1, p50: 0.5, p95: 0.95, p99: 0.99 };
const NAMES = ['shop-0', 'shop-1', 'shop-2'].flatMap((source) =>
  ['page', 'list'].map((type) => ({ source, type })),
);

/** The same from the list of events, by the definition. */
function expectedValue(
  events: readonly Event[],
  { measure, aggregation }: MeasurementRequest,
): number | null {
  if (aggregation === 'count') return events.length;
  if (measure === 'successRatio') {
    const outcomes = events.map(({ success }) => Number(success));
    return aggregation === 'last' ? (outcomes.at(-1) ?? null) : mean(outcomes, outcomes.length);
  }
  const values = events.flatMap((event) => event[measure] ?? []);
  return valueOfList(values, aggregation, measure === 'items' ? events.length : values.length);
}

function valueOfList(values: readonly number[], aggregation: string, cases: number): number | null {
  if (aggregation === 'mean') return mean(values, cases);
  if (aggregation === 'sum') return sumOf(values);
  if (aggregation === 'last') return values.at(-1) ?? null;
  const rank = RANKS[aggregation] ?? 1;
  return values.toSorted((a, b) => a - b)[Math.max(0, Math.ceil(rank * values.length - 1e-9) - 1)] ?? null;
}

function sumOf(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function mean(values: readonly number[], cases: number): number | null {
  return cases === 0 ? null : sumOf(values) / cases;
}

function isAsked(request: MeasurementRequest, { source, type }: (typeof NAMES)[number]): boolean {
  return (request.scraperSource ?? source) === source && (request.metricType ?? type) === type;
}

describe('measurement windows on PostgreSQL', () => {
  const pg = useTestDatabase();
  const at = new Date(Math.floor(Date.now() / 1_000) * 1_000 - 10_000);
  let events: Event[] = [];
  let tenantId = '';

  beforeAll(async () => {
    const random = new Random(20_261);
    await collectorsOn(pg.db).partitions.ensure();
    tenantId = await createTenant(pg.db, 'watched');
    events = Array.from({ length: 3_000 }, (): Event => {
      const isRecent = random.fraction() < 0.5;
      return {
        source: `shop-${Math.floor(random.fraction() * 3)}`,
        type: random.fraction() < 0.5 ? 'page' : 'list',
        at: at.getTime() - Math.floor(random.fraction() * (isRecent ? HOUR_MS : 40 * HOUR_MS)),
        durationMs: random.fraction() < 0.1 ? null : Math.round(random.fraction() * 1e6) / 1e3,
        items: random.fraction() < 0.2 ? null : Math.floor(random.fraction() * 50),
        success: random.fraction() < 0.8,
      };
    }).sort((a, b) => a.at - b.at);
    await store(tenantId, events);
    // Another tenant with the same names must not show.
    await store(await createTenant(pg.db, 'other'), events.slice(0, 300));
    await collectorsOn(pg.db).refresher.refresh();
  });

  async function store(tenant: string, rows: readonly Event[]): Promise<void> {
    await pg.db.query(sql`
      INSERT INTO scraper_series (tenant_id, scraper_source, metric_type)
      SELECT DISTINCT ${tenant}::bigint, s, t
      FROM unnest(${rows.map(({ source }) => source)}::text[], ${rows.map(({ type }) => type)}::text[]) AS n (s, t)
      ON CONFLICT DO NOTHING`);
    await pg.db.query(sql`
      INSERT INTO scraper_page_performance
        (series_id, created_at, scrape_duration_ms, items_extracted, is_navigation, success)
      SELECT series.id, to_timestamp(e.at / 1000), e.duration, e.items, false, e.success
      FROM unnest(${rows.map(({ source }) => source)}::text[], ${rows.map(({ type }) => type)}::text[],
        ${rows.map((event) => event.at)}::float8[], ${rows.map(({ durationMs }) => durationMs)}::float8[],
        ${rows.map(({ items }) => items)}::integer[], ${rows.map(({ success }) => success)}::boolean[])
        AS e (source, type, at, duration, items, success)
      JOIN scraper_series series ON series.tenant_id = ${tenant}::bigint AND series.scraper_source = e.source
        AND series.metric_type = e.type`);
  }

  function randomRequests(count: number, seed: number): MeasurementRequest[] {
    const random = new Random(seed);
    return Array.from({ length: count }, () => ({
      tenantId,
      scraperSource: random.of(['shop-0', 'shop-1', 'shop-2', null]),
      metricType: random.of(['page', 'list', null]),
      measure: random.of(MEASURES),
      aggregation: random.of(AGGREGATIONS),
      windowMs: random.of([
        MINUTE_MS,
        5 * MINUTE_MS,
        61_234,
        HOUR_MS,
        3 * HOUR_MS,
        24 * HOUR_MS,
        5_000_000,
        36 * HOUR_MS,
      ]),
      delayMs: random.of([0, 0, 30_000]),
    }));
  }

  async function demandExact(requests: readonly MeasurementRequest[]): Promise<number> {
    const windows = measurementWindowsOn(pg.db);
    const measured = await windows.windowsAt(requests, at);
    let values = 0;
    requests.forEach((request, index) => {
      const expected = windows.canAnswer(request) ? NAMES.filter((names) => isAsked(request, names)) : [];
      expect(measured[index]?.series).toHaveLength(expected.length);
      for (const names of expected) {
        const found = measured[index]?.series.find(
          ({ scraperSource, metricType }) => scraperSource === names.source && metricType === names.type,
        );
        expectNear(found?.value, expectedValue(eventsIn(request, names), request), request);
        values += found?.value === null ? 0 : 1;
      }
    });
    return values;
  }

  function eventsIn(request: MeasurementRequest, names: (typeof NAMES)[number]): Event[] {
    const to = at.getTime() - request.delayMs;
    const ofSeries = events.filter(({ source, type }) => source === names.source && type === names.type);
    return ofSeries.filter((event) => event.at >= to - request.windowMs && event.at < to);
  }

  function expectNear(
    value: number | null | undefined,
    expected: number | null,
    request: MeasurementRequest,
  ): void {
    if (expected === null || typeof value !== 'number') {
      expect({ request, value }).toEqual({ request, value: expected });
      return;
    }
    const isSketched = request.windowMs > 2 * HOUR_MS && /^p\d/.test(request.aggregation);
    const slack = isSketched
      ? Math.abs(expected) * RELATIVE_ERROR * 1.01
      : 1e-6 * Math.max(1, Math.abs(expected));
    if (Math.abs(value - expected) > slack) expect({ request, value }).toEqual({ request, value: expected });
  }

  it('gives what the events say, for 400 requests at once, each series by itself, of one tenant alone', async () => {
    expect(await demandExact(randomRequests(400, 7))).toBeGreaterThan(500);
  });

  it('counts an event that came late, before any rollup knows of it', async () => {
    const late: Event = {
      source: 'shop-0',
      type: 'page',
      at: at.getTime() - 20 * HOUR_MS,
      durationMs: 999_999,
      items: 7,
      success: true,
    };
    await store(tenantId, [late]);
    events = [...events, late].sort((a, b) => a.at - b.at);

    expect(await demandExact(randomRequests(150, 8))).toBeGreaterThan(100);
  });

  it('leaves out what lies after the end of the window, and finds it when the window has moved on', async () => {
    const windows = measurementWindowsOn(pg.db);
    const future = new Date(at.getTime() + 4_000);
    await store(tenantId, [
      { source: 'fast-clock', type: 'page', at: future.getTime(), durationMs: 5, items: 1, success: true },
    ]);
    const request = { tenantId, scraperSource: 'fast-clock', metricType: 'page', delayMs: 0 } as const;
    const mean = { ...request, measure: 'durationMs', aggregation: 'mean', windowMs: MINUTE_MS } as const;

    const [now] = await windows.windowsAt([mean], at);
    const [later] = await windows.windowsAt([mean], new Date(future.getTime() + 1));

    expect([now?.series[0]?.value, later?.series[0]?.value]).toEqual([null, 5]);
  });

  it('measures the oldest of too many series that match, and says so', async () => {
    const crowded = await createTenant(pg.db, 'crowded');
    await pg.db.query(sql`
      INSERT INTO scraper_series (tenant_id, scraper_source, metric_type)
      SELECT ${crowded}::bigint, 'source-' || n, 'page' FROM generate_series(1, 501) AS n`);
    const request = { tenantId: crowded, scraperSource: null, metricType: 'page', delayMs: 0 } as const;

    const [answer] = await measurementWindowsOn(pg.db).windowsAt(
      [{ ...request, measure: 'durationMs', aggregation: 'mean', windowMs: MINUTE_MS }],
      at,
    );

    expect(answer?.isCut).toBe(true);
    expect(answer?.series).toHaveLength(500);
    expect(answer?.series.some(({ scraperSource }) => scraperSource === 'source-501')).toBe(false);
  });

  it('does not measure thousands of times hundreds of series, and says so', async () => {
    const wide = await createTenant(pg.db, 'wide');
    await pg.db.query(sql`
      INSERT INTO scraper_series (tenant_id, scraper_source, metric_type)
      SELECT ${wide}::bigint, 'source-' || n, 'page' FROM generate_series(1, 500) AS n`);
    const count = { measure: 'items', aggregation: 'count', windowMs: MINUTE_MS, delayMs: 0 } as const;
    const all = { tenantId: wide, scraperSource: null, metricType: 'page', ...count };
    const others = { ...all, tenantId };
    const requests = [
      ...Array.from({ length: 101 }, () => all),
      { ...all, scraperSource: 'source-7' },
      others,
    ];

    const answers = await measurementWindowsOn(pg.db).windowsAt(requests, at);

    expect(answers.filter(({ series }) => series.length === 500)).toHaveLength(100);
    expect(answers.map(({ isCut }) => isCut).indexOf(true)).toBe(100);
    expect(answers.slice(101).map(({ isCut }) => isCut)).toEqual([false, false]);
    expect(answers[101]?.series).toHaveLength(1);
  });

  it('forgets a series that has been silent for more than a week, unless it is named', async () => {
    const tenant = await createTenant(pg.db, 'silent');
    await pg.db.query(sql`
      INSERT INTO scraper_series (tenant_id, scraper_source, metric_type, created_at)
      VALUES (${tenant}::bigint, 'old', 'page', now() - interval '30 days'), (${tenant}::bigint, 'new', 'page', now())`);
    const count = {
      tenantId: tenant,
      measure: 'items',
      aggregation: 'count',
      windowMs: MINUTE_MS,
      delayMs: 0,
    } as const;

    const [any, named] = await measurementWindowsOn(pg.db).windowsAt(
      [
        { ...count, scraperSource: null, metricType: null },
        { ...count, scraperSource: 'old', metricType: 'page' },
      ],
      at,
    );

    expect(any?.series).toEqual([{ scraperSource: 'new', metricType: 'page', value: 0 }]);
    expect(named?.series).toEqual([{ scraperSource: 'old', metricType: 'page', value: 0 }]);
  });
});
