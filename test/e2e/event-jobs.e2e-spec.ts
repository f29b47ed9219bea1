import { sql } from '../../src/kernel/sql.js';
import { type ApiAnswer, ApiClient, startApi } from '../support/api-client.js';
import { eventually } from '../support/eventually.js';
import type { ServerProcess } from '../support/server-process.js';
import { auditRollups } from '../support/rollup-audit.js';
import { useTestDatabase } from '../support/test-database.js';

const HOUR_MS = 3_600_000;

const database = useTestDatabase({ isServed: true });
let server: ServerProcess;
let client: ApiClient;

beforeAll(async () => {
  server = await startApi(database.url, {});
  client = new ApiClient(server.url);
});
afterAll(() => server.kill());

interface Job {
  readonly id: string;
  readonly state: string;
}

const jobOf = ({ body }: ApiAnswer): Job => body?.data as Job;
const recent = (hoursAgo: number): string => new Date(Date.now() - hoursAgo * HOUR_MS).toISOString();
const eventsOf = (source: string, count: number): object[] =>
  Array.from({ length: count }, (_, index) => ({
    scraperSource: source,
    metricType: index % 2 === 0 ? 'page_navigation' : 'item_extraction',
    createdAt: recent(2 + (index % 100)),
    navigationDurationMs: 10 + (index % 5),
    scrapeDurationMs: index % 3 === 0 ? null : 100,
    itemsExtracted: index % 7,
    success: index % 10 !== 0,
  }));
const ndjson = (rows: readonly object[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join('');
const upload = (body: string): Promise<ApiAnswer> =>
  client.send('/api/jobs?operation=CREATE&target=collector-events', {
    method: 'POST',
    headers: { 'Content-Type': 'application/x-ndjson' },
    body,
  });

async function ended(answer: ApiAnswer, asker = client): Promise<Job> {
  expect(answer.status).toBe(202);
  const { id } = jobOf(answer);
  return eventually(async () => {
    const job = jobOf(await asker.get(`/api/jobs/${id}`));
    expect(['succeeded', 'failed', 'cancelled']).toContain(job.state);
    return job;
  });
}

/** What is stored of a source, apart from ids. */
const stored = (source: string) =>
  database.db.query(sql`
    SELECT metric_type, event.created_at, navigation_duration_ms, scrape_duration_ms, duration_ms, items_extracted,
      is_navigation, success
    FROM scraper_page_performance AS event JOIN scraper_series AS series ON series.id = event.series_id
    WHERE scraper_source = ${source} ORDER BY event.created_at, metric_type, navigation_duration_ms, items_extracted`);

async function rolledUp(): Promise<number> {
  const [row] = await database.db.query<{ marks: number; events: number }>(sql`
    SELECT (SELECT count(*) FROM rollup_marks)::integer AS marks,
      (SELECT coalesce(sum(event_count), 0) FROM scraper_metrics_hourly)::integer AS events`);
  expect(row?.marks).toBe(0);
  return row?.events ?? NaN;
}

describe('batch jobs over events of collectors', () => {
  it('import what posting the same events would have stored', async () => {
    const rows = eventsOf('imported', 3_000);
    const job = await ended(await upload(ndjson(rows)));

    expect(job).toMatchObject({ state: 'succeeded', processed: 3_000, written: 3_000, bad: 0 });
    const posted = rows.map((row) => ({ ...row, scraperSource: 'posted' }));
    for (let from = 0; from < posted.length; from += 500) {
      const events = posted.slice(from, from + 500);
      expect((await client.post('/api/metrics/events', { events })).status).toBe(201);
    }
    expect(await stored('imported')).toEqual(await stored('posted'));
  });

  it('refuse what posting would refuse, with the line, and store nothing', async () => {
    const good = eventsOf('refused', 1)[0] ?? {};
    const bad: readonly object[] = [
      { ...good, scraperSource: 'a"b' },
      { ...good, metricType: ' blank' },
      { ...good, createdAt: new Date(Date.now() + HOUR_MS).toISOString() },
      { ...good, createdAt: recent(24 * 400) },
      { ...good, navigationDurationMs: -1 },
      { ...good, itemsExtracted: -1 },
      { ...good, success: 'perhaps' },
    ];

    for (const row of bad) {
      expect(await upload(ndjson([good, row]))).toMatchObject({
        status: 400,
        body: { code: 'BATCH_RECORD_INVALID', details: { line: 2 } },
      });
    }
    expect(await stored('refused')).toEqual([]);
  });

  it('make rollups anew, of the series that are asked for', async () => {
    await ended(await upload(ndjson(eventsOf('backfilled', 200))));
    const total = await eventually(rolledUp);
    await database.db.query(sql`DELETE FROM scraper_metrics_hourly`);

    const job = await ended(
      await client.post('/api/jobs', {
        operation: 'MIGRATE',
        target: 'collector-events',
        options: { transform: 'backfill-rollups', filter: { scraperSource: 'backfilled' } },
      }),
    );

    expect(job).toMatchObject({ state: 'succeeded', total: 2, processed: 2 });
    await eventually(async () => expect(await rolledUp()).toBe(200));

    await ended(
      await client.post('/api/jobs', {
        operation: 'MIGRATE',
        target: 'collector-events',
        options: { transform: 'backfill-rollups', confirm: true },
      }),
    );

    await eventually(async () => expect(await rolledUp()).toBe(total));
    expect(await auditRollups(database.db)).toEqual([]);
  });

  it('belong to the tenant who sent them', async () => {
    const { body } = await client.post('/api/tenants', { slug: 'foreign', name: 'Foreign' });
    const foreign = new ApiClient(server.url, (body?.data as { adminKey: { key: string } }).adminKey.key);

    const answer = await foreign.post('/api/jobs', {
      operation: 'MIGRATE',
      target: 'collector-events',
      options: { transform: 'backfill-rollups', confirm: true },
    });

    expect(await ended(answer, foreign)).toMatchObject({ state: 'succeeded', total: 0, processed: 0 });
  });
});
