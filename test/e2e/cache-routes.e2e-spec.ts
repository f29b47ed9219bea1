import { type ApiAnswer, ApiClient, startApi } from '../support/api-client.js';
import { eventually } from '../support/eventually.js';
import type { ServerProcess } from '../support/server-process.js';
import { useTestDatabase } from '../support/test-database.js';
import { redisUrl } from '../support/test-servers.js';

const STATS = '/api/metrics/stats?scraper=shop';
const EVENT = { scraperSource: 'shop', metricType: 'price', scrapeDurationMs: 10, success: true };

const database = useTestDatabase({ isServed: true });
let server: ServerProcess;
let operator: ApiClient;
let viewer: ApiClient;
let foreignAdmin: ApiClient;

beforeAll(async () => {
  server = await startApi(database.url, {
    REDIS_URL: redisUrl(),
    CACHE_NAMESPACE: `e2e-${process.pid}`,
    METRICS_ANONYMOUS_READ: 'true',
  });
  operator = new ApiClient(server.url);
  viewer = new ApiClient(server.url, await operator.createKey('viewer'));
  const { body } = await operator.post('/api/tenants', { slug: 'foreign', name: 'Foreign' });
  foreignAdmin = new ApiClient(server.url, (body?.data as { adminKey: { key: string } }).adminKey.key);
});
afterAll(() => server.kill());

const cacheOf = ({ headers }: ApiAnswer): string | null => headers.get('X-Cache');

const runIdOf = ({ body }: ApiAnswer): string => (body?.data as { runId: string }).runId;

async function clear(body: unknown): Promise<ApiAnswer> {
  return operator.post('/metrics/cache/clear', body);
}

/** Asks until the answer comes from the cache. */
async function keep(): Promise<void> {
  await eventually(async () => expect(cacheOf(await viewer.get(STATS))).toBe('hit'));
}

describe('statistics over HTTP', () => {
  it('are a hit the second time, a 304 the third, and a miss after an event', async () => {
    await operator.post('/api/metrics/events', EVENT);
    const first = await viewer.get(STATS);
    const second = await viewer.get(STATS);
    const etag = first.headers.get('ETag') ?? '';
    const third = await viewer.send(STATS, { headers: { 'If-None-Match': etag } });
    await operator.post('/api/metrics/events', EVENT);
    const fourth = await viewer.send(STATS, { headers: { 'If-None-Match': etag } });

    expect([first, second, third, fourth].map(cacheOf)).toEqual(['miss', 'hit', 'hit', 'miss']);
    expect([second.text, third.status, third.text]).toEqual([first.text, 304, '']);
    expect(fourth).toMatchObject({ status: 200, body: { data: [{ count: 2 }] } });
    expect(second.headers.get('Cache-Control')).toBe('private, no-cache');
    expect(second.headers.get('Vary')).toMatch(/Authorization/);
    expect(Number(second.headers.get('Age'))).toBeLessThan(30);
  });
});

describe('GET /metrics/cache', () => {
  it('tells how the cache does, on the older path as well, to whoever may read metrics', async () => {
    await keep();

    for (const path of ['/metrics/cache', '/api/metrics/cache']) {
      for (const client of [operator, viewer, foreignAdmin]) {
        expect(await client.get(path)).toMatchObject({ status: 200, body: { success: true } });
      }
      expect((await fetch(server.url + path)).status).toBe(200);
    }
  });
});

describe('routes that take no parameters', () => {
  it.each([
    '/metrics/ping',
    '/metrics/cache',
    '/metrics/cache/warmup/status',
    '/metrics/locks',
    '/api/metrics/cache',
  ])('refuse any: %s', async (path) => {
    const { status, body } = await operator.get(`${path}?unknown=1`);

    expect([status, body?.code, body?.details?.issues?.[0]]).toEqual([
      400,
      'HTTP_INPUT_INVALID',
      { path: '', message: 'Unrecognized parameters: "unknown"' },
    ]);
    expect((await operator.get(`${path}?`)).status).toBe(200);
  });

  it.each(['/livez', '/readyz'])('but probes may bring some: %s', async (path) => {
    expect((await fetch(`${server.url}${path}?t=1`)).status).toBe(200);
  });

  it('refuse them of those alone who may use the route', async () => {
    const { status } = await fetch(`${server.url}/api/keys/1?unknown=1`, { method: 'DELETE' });

    expect(status).toBe(401);
  });

  it('answer nothing, and store nothing, when events come with parameters', async () => {
    const answer = await operator.post('/api/metrics/events?dry=1', EVENT);

    expect(answer).toMatchObject({ status: 400, body: { code: 'HTTP_INPUT_INVALID' } });
  });
});

describe('GET /metrics/cache/hottest-keys', () => {
  it('names the keys of the own tenant, and of others the shape', async () => {
    await keep();
    const list = async (client: ApiClient): Promise<string> =>
      (await client.get('/metrics/cache/hottest-keys?limit=100')).text;

    await eventually(async () => {
      await Promise.all(Array.from({ length: 100 }, () => viewer.get(STATS)));
      expect(await list(operator)).toContain('scraper=shop');
    });

    expect(await list(viewer)).toContain('scraper=shop');
    expect(await list(foreignAdmin)).toContain('http-stats:*:*');
    expect(await list(foreignAdmin)).not.toContain('scraper=shop');
  });

  it.each(['0', '101', 'x', '1.5', '-1'])('refuses limit=%s', async (limit) => {
    const { status, body } = await operator.get(`/metrics/cache/hottest-keys?limit=${limit}`);

    expect([status, body?.details?.issues?.[0]?.path]).toEqual([400, 'limit']);
  });
});

describe('POST /metrics/cache/clear', () => {
  // A clock that has just begun may have forgotten: for 3 s nobody can be sure to have been told.
  beforeAll(() =>
    eventually(async () =>
      expect(await clear({ scope: 'tag', value: 'none' })).toMatchObject({
        body: { data: { reach: 'everywhere' } },
      }),
    ),
  );

  it.each([
    ['everything, without a body', undefined, []],
    ['everything', {}, []],
    ['everything, by name', { scope: 'all' }, []],
    ['a tag', { scope: 'tag', value: 'metrics:1' }, []],
    ['a pattern', { scope: 'pattern', value: 'http-stats:*' }, []],
    ['a pattern that is widened', { scope: 'pattern', value: 'http-stats:1:scraper*' }, ['http-stats:1:*']],
    ['a prefix', { scope: 'prefix', value: 'http-stats:' }, []],
    ['a prefix that is widened', { scope: 'prefix', value: 'http-st' }, ['*']],
    ['a pattern as long as may be', { scope: 'pattern', value: `${'é'.repeat(999)}*` }, ['*']],
  ])('clears %s', async (_what, body, widenedTo) => {
    await keep();

    const answer =
      body === undefined
        ? await operator.send('/metrics/cache/clear', { method: 'POST' })
        : await clear(body);

    expect(answer).toMatchObject({ status: 200, body: { data: { reach: 'everywhere', widenedTo } } });
    expect(cacheOf(await viewer.get(STATS))).toBe('miss');
  });

  it('leaves what is not named', async () => {
    await keep();

    await clear({ scope: 'tag', value: 'metrics:999' });
    await clear({ scope: 'pattern', value: 'http-timeseries:*' });

    expect(cacheOf(await viewer.get(STATS))).toBe('hit');
  });

  it.each([
    [{ scope: 'tag' }, 'value'],
    [{ scope: 'all', value: 'x' }, 'value'],
    [{ scope: 'prefix', value: '' }, 'value'],
    [{ scope: 'tag', value: 'a\u0000b' }, 'value'],
    [{ scope: 'pattern', value: '\ud800:*' }, 'value'],
    [{ scope: 'prefix', value: 'x'.repeat(1_001) }, 'value'],
    [{ scope: 'everything' }, 'scope'],
    [{ scope: 'all', force: true }, ''],
    [[], ''],
  ])('refuses %j', async (body, path) => {
    const answer = await clear(body);

    expect([answer.status, answer.body?.details?.issues?.[0]?.path]).toEqual([400, path]);
  });

  it('refuses parameters: what is named there would not be what is cleared', async () => {
    await keep();
    const answer = await operator.send('/metrics/cache/clear?scope=tag&value=none', { method: 'POST' });

    expect(answer).toMatchObject({ status: 400, body: { code: 'HTTP_INPUT_INVALID' } });
    expect(cacheOf(await viewer.get(STATS))).toBe('hit');
  });

  it('is for operators, and in their audit trail', async () => {
    const refused = await Promise.all(
      [viewer, foreignAdmin].map((client) =>
        client.post('/metrics/cache/clear', { scope: 'tag', value: 'refused' }),
      ),
    );
    await clear({ scope: 'tag', value: 'noted' });
    const { text } = await operator.get('/api/audit');

    expect(refused.map(({ status }) => status)).toEqual([403, 403]);
    expect(text).toMatch(/"action":"cache.cleared","subject":"noted"/);
    expect(text).not.toContain('refused');
  });
});

describe('the OpenAPI document', () => {
  it('describes what the routes take', async () => {
    const { text } = await operator.get('/docs/openapi.json');
    const { paths } = JSON.parse(text) as { paths: Record<string, Record<string, object>> };

    expect(paths['/metrics/cache/clear']?.['post']).toMatchObject({
      requestBody: {
        content: {
          'application/json': {
            schema: { properties: { scope: { enum: ['all', 'tag', 'pattern', 'prefix'] }, value: {} } },
          },
        },
      },
    });
    expect(JSON.stringify(paths['/metrics/cache/warmup'])).toContain('CRITICAL_ONLY');
    expect(JSON.stringify(paths['/metrics/cache/hottest-keys'])).toContain('"name":"limit"');
    expect(JSON.stringify(paths['/api/metrics/stats'])).toContain('"name":"timeWindow"');
  });
});

describe('POST /metrics/cache/warmup', () => {
  it('answers 202 with a run, and its progress can be asked for until it has ended', async () => {
    const started = await operator.post('/metrics/cache/warmup', { strategy: 'COMPREHENSIVE' });
    const again = await operator.post('/metrics/cache/warmup', { strategy: 'COMPREHENSIVE' });

    expect([started.status, again.status]).toEqual([202, 202]);
    expect(runIdOf(started)).toMatch(/\S/);
    await eventually(async () => {
      const { status, body } = await viewer.get('/metrics/cache/warmup/status');
      expect(status).toBe(200);
      expect(body?.data).toMatchObject({ state: 'succeeded', run: { runId: runIdOf(again) } });
    });
    expect((await operator.get('/api/audit')).text).toContain('"action":"cache.warmed"');
  });

  it('has the statistics of every tenant ready before anybody asks', async () => {
    await clear({});

    const started = await operator.post('/metrics/cache/warmup', { strategy: 'COMPREHENSIVE' });

    await eventually(async () => {
      const { body } = await operator.get('/metrics/cache/warmup/status');
      const run = { runId: runIdOf(started), total: 12, done: 12, failed: 0 };
      expect(body?.data).toMatchObject({ state: 'succeeded', run });
    });
    for (const window of ['1d', '7d', '30d']) {
      const stats = await foreignAdmin.get(`/api/metrics/stats?timeWindow=${window}`);
      const granularity = window === '30d' ? '1d' : '1h';
      const chart = await viewer.get(
        `/api/metrics/timeseries?granularity=${granularity}&timeWindow=${window}`,
      );

      expect([window, cacheOf(stats), cacheOf(chart)]).toEqual([window, 'hit', 'hit']);
      expect(stats).toMatchObject({ status: 200, body: { success: true, data: [] } });
    }
  });

  it.each([{}, { strategy: 'ALL' }, { strategy: 'CRITICAL_ONLY', more: 1 }])('refuses %j', async (body) => {
    expect((await operator.post('/metrics/cache/warmup', body)).status).toBe(400);
  });

  it('is for operators', async () => {
    expect((await foreignAdmin.post('/metrics/cache/warmup', { strategy: 'CRITICAL_ONLY' })).status).toBe(
      403,
    );
  });
});
