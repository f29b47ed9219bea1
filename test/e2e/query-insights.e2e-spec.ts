import { ApiClient, startApi } from '../support/api-client.js';
import { eventually } from '../support/eventually.js';
import { pidOf, Sessions } from '../support/insights.js';
import type { ServerProcess } from '../support/server-process.js';
import { useTestDatabase } from '../support/test-database.js';

interface Source {
  readonly name: string;
  readonly state: string;
}

interface Query {
  readonly fingerprint: string;
  readonly text: string | null;
  readonly calls: number;
  readonly p95Ms: number;
  readonly totalMs: number;
  readonly slowCalls: number;
}

const EVENT = { scraperSource: 'shop', metricType: 'page', createdAt: '2026-01-01T00:00:00Z', success: true };

const sessions = new Sessions(() => database.url);
afterEach(() => sessions.closeAll());
const database = useTestDatabase({ isServed: true });
let server: ServerProcess;
let operator: ApiClient;
let viewer: ApiClient;

beforeAll(async () => {
  server = await startApi(database.url, { QUERY_STATEMENTS_INTERVAL_MS: '1000', QUERY_SLOW_MS: '20' });
  operator = new ApiClient(server.url);
  viewer = new ApiClient(server.url, await operator.createKey('viewer'));
});
afterAll(() => server.kill());

async function read<T>(client: ApiClient, path: string): Promise<T> {
  const { status, body } = await client.get(path);
  expect(status).toBe(200);
  return body?.data as T;
}

describe('GET /metrics/query-stats', () => {
  it('has what statements cost, in the order that is asked for', async () => {
    await operator.post('/api/metrics/events', { ...EVENT, createdAt: new Date().toISOString() });
    for (const sort of ['totalMs', 'meanMs', 'p95Ms', 'p99Ms', 'maxMs', 'calls', 'rows', 'errors'] as const) {
      const { queries } = await read<{ queries: Record<string, number>[] }>(
        viewer,
        `/metrics/query-stats?sort=${sort}&limit=20`,
      );

      const figures = queries.map((query) => query[sort] ?? 0);
      expect(figures).toEqual(figures.toSorted((a, b) => b - a));
      expect(queries.length).toBeGreaterThan(3);
      expect(queries.length).toBeLessThanOrEqual(20);
    }
  });

  it('says which sources it used, and has those of the server for operators with their texts', async () => {
    await eventually(async () => {
      const path = '/metrics/query-stats?sort=calls';
      const { sources, server: own } = await read<{ sources: Source[]; server: { queries: Query[] } }>(
        operator,
        path,
      );
      expect(sources).toMatchObject([
        { name: 'client-profile', state: 'available' },
        { name: 'pg_stat_activity', state: 'available' },
        { name: 'pg_stat_statements', state: 'available' },
      ]);
      expect(own.queries.map(({ text }) => text)).toContainEqual(
        expect.stringContaining('FROM pg_stat_activity'),
      );
    });
    const { server: hidden } = await read<{ server: { queries: Query[] } }>(viewer, '/metrics/query-stats');
    expect(hidden.queries.length).toBeGreaterThan(0);
    expect(hidden.queries.every(({ text }) => text === null)).toBe(true);
  });
});

describe('GET /metrics/slow-queries', () => {
  it('takes a threshold, and shows no value to anybody', async () => {
    const all = await read<{ thresholdMs: number; queries: Query[] }>(
      viewer,
      '/metrics/slow-queries?threshold=0.001',
    );
    const none = await read<{ queries: Query[]; samples: object[] }>(
      viewer,
      '/metrics/slow-queries?threshold=900000',
    );
    const byDefault = await read<{ thresholdMs: number }>(viewer, '/metrics/slow-queries');

    expect(all.queries.length).toBeGreaterThan(3);
    expect(all.queries.every(({ slowCalls, calls }) => slowCalls > 0 && slowCalls <= calls)).toBe(true);
    expect(none).toMatchObject({ queries: [], samples: [] });
    expect(byDefault.thresholdMs).toBe(20);
  });
});

describe('GET /metrics/database-locks', () => {
  it('shows who blocks whom within two seconds', async () => {
    const [holder, waiter] = [await sessions.open(), await sessions.open()];
    await holder.query('CREATE TABLE held AS SELECT 1 AS id');
    await holder.query('BEGIN; UPDATE held SET id = 2');
    const pids = [await pidOf(holder), await pidOf(waiter)];
    const waiting = waiter.query("UPDATE held SET id = length('hidden')");
    const startedAt = performance.now();

    const found = await eventually(async () => {
      const report = await read<{ trees: { root: number; waiting: { pid: number }[] }[] }>(
        operator,
        '/metrics/database-locks',
      );
      expect(report.trees.map(({ root, waiting: below }) => [root, ...below.map(({ pid }) => pid)])).toEqual([
        pids,
      ]);
      return report;
    });
    const tookMs = performance.now() - startedAt;
    const { text: shown } = await viewer.get('/metrics/database-locks');
    await holder.query('COMMIT');
    await waiting;

    expect(tookMs).toBeLessThan(10_000);
    expect(JSON.stringify(found)).not.toContain('hidden');
    expect(shown).not.toContain('UPDATE held');
  });
});

describe('GET /metrics/database-activity and /metrics/query-stats/regressions', () => {
  it('answer whoever may read metrics', async () => {
    await eventually(async () => {
      const activity = await read<{ database: { sessions: number }; relations: object }>(
        viewer,
        '/metrics/database-activity',
      );
      expect(activity.database.sessions).toBeGreaterThan(0);
      expect(activity.relations).toEqual(expect.any(Object));
    });
    expect(await read(viewer, '/metrics/query-stats/regressions')).toMatchObject({
      windowMs: 300_000,
      regressions: [],
    });
  });
});

describe('bad questions', () => {
  it.each([
    '/metrics/query-stats?sort=secrets',
    '/metrics/query-stats?limit=0',
    '/metrics/query-stats?limit=201',
    '/metrics/query-stats?limit=1&limit=2',
    '/metrics/slow-queries?threshold=-1',
    '/metrics/slow-queries?threshold=1e9',
    '/metrics/slow-queries?threshold=',
    '/metrics/database-locks?x=1',
  ])('are answered 400: %s', async (path) => {
    expect(await operator.get(path)).toMatchObject({ status: 400, body: { code: 'HTTP_INPUT_INVALID' } });
  });

  it('are answered 400 in a body as well', async () => {
    for (const body of [{ scope: 'server' }, { unknown: 1 }, []]) {
      expect((await operator.post('/metrics/stats/reset', body)).status).toBe(400);
    }
  });
});

describe('POST /metrics/stats/reset', () => {
  it('is for operators, counts anew, leaves the server alone, and is in the audit trail', async () => {
    expect((await viewer.post('/metrics/stats/reset', {})).status).toBe(403);
    const client = await sessions.open();
    const serverCalls = async (): Promise<number> => {
      const { rows } = await client.query<{ calls: string }>(
        'SELECT sum(calls) AS calls FROM pg_stat_statements',
      );
      return Number(rows[0]?.calls);
    };
    const calls = async (): Promise<number> =>
      (await read<{ queries: Query[] }>(operator, '/metrics/query-stats?limit=200')).queries.reduce(
        (sum, query) => sum + query.calls,
        0,
      );
    for (let call = 0; call < 50; call += 1) await operator.get('/api/audit');
    const [before, onServer] = [await calls(), await serverCalls()];

    const answer = await operator.post('/metrics/stats/reset', { scope: 'profile' });

    expect(answer).toMatchObject({ status: 200, body: { data: { scope: 'profile', baselineHours: 0 } } });
    expect(await calls()).toBeLessThan(before);
    expect(await serverCalls()).toBeGreaterThanOrEqual(onServer);
    expect((await operator.get('/api/audit')).text).toContain('query-statistics.reset');
    expect((await fetch(`${server.url}/metrics/stats/reset`, { method: 'POST' })).status).toBe(401);
  });
});

describe('GET /metrics', () => {
  it('has the state of the sources', async () => {
    const { text } = await viewer.get('/metrics?format=prometheus');

    expect(text).toMatch(/query_source_up\{source="pg_stat_statements"\} 1/);
    expect(text).toMatch(/query_duration_seconds_count [1-9]/);
  });
});
