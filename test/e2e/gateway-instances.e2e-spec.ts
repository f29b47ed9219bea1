import { WebSocket } from 'ws';
import { LiveClient } from '../../src/client/index.js';
import { ADMIN_KEY, ApiClient, startApi } from '../support/api-client.js';
import { eventually } from '../support/eventually.js';
import { RedisServer } from '../support/redis-server.js';
import type { ServerProcess } from '../support/server-process.js';
import { useTestDatabase } from '../support/test-database.js';

const RECORDS = 2_000;

describe('clients of one instance, with Redis', () => {
  const database = useTestDatabase({ isServed: true });
  let redis: RedisServer;
  let here: ServerProcess;
  let there: ServerProcess;
  let client: LiveClient;
  let sockets: WebSocket[];

  beforeAll(async () => {
    redis = await RedisServer.start();
    const env = { REDIS_URL: redis.url, ALERTING_EVALUATE_EVERY_MS: '200', ALERTING_EVENT_DELAY_MS: '0' };
    // Started one after the other: the second one finds a migrated database.
    here = await startApi(database.url, env);
    there = await startApi(database.url, env);
  }, 120_000);

  beforeEach(() => {
    sockets = [];
    const webSocket = class extends WebSocket {
      constructor(url: string, protocols: string[]) {
        super(url, protocols);
        sockets.push(this);
      }
    };
    client = new LiveClient({ url: `${here.url.replace('http', 'ws')}/ws`, token: ADMIN_KEY, webSocket });
  });

  afterEach(() => client.close());

  afterAll(async () => {
    await Promise.all([here.terminate(), there.terminate()]);
    await redis.kill();
  });

  it('get the points that another one stores, once and in order, over cut connections', async () => {
    const points: (number | null)[] = [];
    const gaps: string[] = [];
    const source = client.source('shop', {
      onPoints: (batch) => points.push(...batch.points.map(({ scrapeDurationMs }) => scrapeDurationMs)),
      onGap: () => gaps.push('gap'),
    });
    await eventually(() => expect(source.wanted()).toHaveProperty('sinceSeq'));
    const api = new ApiClient(there.url);

    for (let sent = 1; sent <= 20; sent += 1) {
      if (sent % 7 === 0) sockets.at(-1)?.terminate();
      const event = { scraperSource: 'shop', metricType: 'price', scrapeDurationMs: sent, success: true };
      expect((await api.post('/api/metrics/events', event)).status).toBe(201);
    }

    await eventually(() => expect(points.at(-1)).toBe(20));
    expect(points).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
    expect(gaps).toEqual([]);
  });

  it('get the alerts that are meant for them, and no others', async () => {
    const api = new ApiClient(there.url);
    const told: string[] = [];
    client.channel('alerts', { onMessage: (message) => told.push(JSON.stringify(message)) });
    const after = client.source('any', {});
    // Messages of a connection are answered in their order: the channel is followed by then.
    await eventually(() => expect(after.wanted()).toHaveProperty('sinceSeq'));
    const receiver = await api.post('/api/alert-receivers', {
      name: 'pages',
      kind: 'gateway',
      groupWaitMs: 0,
    });
    const rule = { scraper: 'slow', metric: 'page', aggregation: 'last', operator: '>', value: 100 };
    await api.post('/api/alert-rules', { name: 'For nobody', ...rule });
    const { id } = receiver.body?.data as { readonly id: string };
    await api.post('/api/alert-rules', { name: 'For pages', ...rule, receivers: [id] });

    const event = { scraperSource: 'slow', metricType: 'page', success: true, scrapeDurationMs: 500 };
    expect((await api.post('/api/metrics/events', event)).status).toBe(201);

    await eventually(() => expect(told.join()).toContain('For pages'));
    expect(told.join()).not.toContain('For nobody');
  });

  it('hear of regions and jobs of another one', async () => {
    const api = new ApiClient(there.url);
    const made = await api.post('/api/layouts', { name: 'shared' });
    const { id } = made.body?.data as { readonly id: string };
    const seen: number[] = [];
    const jobs: string[] = [];
    let isFollowed = false;
    client.channel('jobs', { onMessage: ({ state, processed }) => jobs.push(state ?? String(processed)) });
    const layouts: string[] = [];
    client.layout(id, {
      onRegionChange: ({ seq }) => seen.push(seq),
      onPresence: () => (isFollowed = true),
      onLayout: ({ name }) => layouts.push(name),
      onDeleted: () => layouts.push('gone'),
    });
    await eventually(() => expect(isFollowed).toBe(true));

    await api.post(`/api/layouts/${id}/regions`, { x: 0, y: 0, width: 1, height: 1, kind: 'chart' });
    const run = JSON.stringify({
      jobName: 'n',
      startedAt: '2026-01-31T12:00:00Z',
      durationMs: 1,
      success: true,
    });
    const query = 'operation=CREATE&target=scheduler-runs';
    await api.post(`/api/jobs?${query}`, `${run}\n`.repeat(RECORDS), {
      'Content-Type': 'application/x-ndjson',
    });

    await eventually(() => expect(seen).toEqual([1]));
    await eventually(() => expect(jobs).toContain('succeeded'));
    const headers = { 'Content-Type': 'application/json' };
    await api.send(`/api/layouts/${id}`, { method: 'PATCH', headers, body: '{"name":"renamed"}' });
    await eventually(() => expect(layouts).toEqual(['shared', 'renamed']));
    await api.send(`/api/layouts/${id}`, { method: 'DELETE' });
    await eventually(() => expect(layouts).toEqual(['shared', 'renamed', 'gone']));
  });
});
