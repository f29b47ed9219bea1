import { ApiClient, startApi } from '../support/api-client.js';
import { auditRollups } from '../support/rollup-audit.js';
import { eventually } from '../support/eventually.js';
import type { ServerProcess } from '../support/server-process.js';
import { useTestDatabase } from '../support/test-database.js';

const EVENTS = '/api/metrics/events';
const HOUR_MS = 3_600_000;

describe('two servers on one database', () => {
  const database = useTestDatabase({ isServed: true });
  let servers: ServerProcess[] = [];
  let a: ApiClient;
  let b: ApiClient;

  beforeAll(async () => {
    const [first, second] = await Promise.all([startApi(database.url), startApi(database.url)]);
    servers = [first, second];
    [a, b] = [new ApiClient(first.url), new ApiClient(second.url)];
  });
  afterAll(() => Promise.all(servers.map((server) => server.kill())));

  const eventAt = (scraperSource: string, createdAt?: Date) => ({
    scraperSource,
    metricType: 'api_call',
    scrapeDurationMs: 10,
    success: true,
    ...(createdAt && { createdAt: createdAt.toISOString() }),
  });

  it('show an event on both as soon as it is answered', async () => {
    for (let count = 1; count <= 20; count += 1) {
      const [writer, reader] = count % 2 === 0 ? [a, b] : [b, a];

      expect((await writer.post(EVENTS, eventAt('instant'))).status).toBe(201);

      expect(await reader.count('instant')).toBe(count);
      expect(await writer.count('instant')).toBe(count);
    }
  });

  it('show a late event in an hour whose rollup was made long ago', async () => {
    const hour = new Date(Math.floor(Date.now() / HOUR_MS) * HOUR_MS - 30 * HOUR_MS);
    await a.post(EVENTS, eventAt('late', new Date(hour.getTime() + 60_000)));
    await eventually(async () => expect(await auditRollups(database.db)).toEqual([]));

    await a.post(EVENTS, { ...eventAt('late', new Date(hour.getTime() + 120_000)), scrapeDurationMs: 30 });

    const window = `from=${hour.toISOString()}&to=${new Date(hour.getTime() + HOUR_MS).toISOString()}`;
    const stats = await b.get(`/api/metrics/stats?scraper=late&${window}`);
    const points = await b.get(`/api/metrics/timeseries?scraper=late&granularity=1h&${window}`);
    const expected = [expect.objectContaining({ count: 2, avgDurationMs: 20, maxDurationMs: 30 })];
    expect([stats.body?.data, points.body?.data]).toEqual([expected, expected]);
  });

  it('make rollups that equal a recomputation when both take in the same hours at once', async () => {
    const posts = Array.from({ length: 40 }, (_, index) => {
      const at = new Date(Date.now() - (index % 5) * HOUR_MS);
      const events = Array.from({ length: 50 }, () => eventAt(`shared-${index % 3}`, at));
      return (index % 2 === 0 ? a : b).post(EVENTS, { events });
    });

    expect((await Promise.all(posts)).map((answer) => answer.status)).toEqual(Array(40).fill(201));

    await eventually(async () => expect(await auditRollups(database.db)).toEqual([]));
  });
});
