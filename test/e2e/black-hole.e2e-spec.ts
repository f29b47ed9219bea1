import { Agent, get, type IncomingMessage } from 'node:http';
import { ApiClient, startApi } from '../support/api-client.js';
import { BlackHoleProxy } from '../support/black-hole-proxy.js';
import { eventually } from '../support/eventually.js';
import type { ServerProcess } from '../support/server-process.js';
import { useTestDatabase } from '../support/test-database.js';

const MOST_STREAMS = 200;

interface Health {
  readonly overall: { readonly healthy: boolean };
  readonly components: Readonly<
    Record<string, { readonly score: number; readonly noData: readonly unknown[] }>
  >;
}

const database = useTestDatabase({ isServed: true });
let proxy: BlackHoleProxy;
let server: ServerProcess;
let client: ApiClient;

beforeAll(async () => {
  proxy = await BlackHoleProxy.start(new URL(database.url));
  server = await startApi(BlackHoleProxy.urlOf(database.url, proxy), {
    METRICS_ANONYMOUS_READ: 'true',
    DATABASE_POOL_ACQUIRE_MS: '1000',
    DATABASE_STATEMENT_TIMEOUT_MS: '1000',
    DATABASE_PATIENCE_MS: '0',
  });
  client = new ApiClient(server.url, undefined);
});
afterAll(async () => {
  await server.kill();
  await proxy.stop();
});

describe('GET /metrics/stream', () => {
  it('serves as many clients as it says, and the next one when one of them has left', async () => {
    const agent = new Agent({ maxSockets: Infinity });
    const open = (): Promise<IncomingMessage> =>
      new Promise((resolve, reject) => {
        get(`${server.url}/metrics/stream`, { agent }, resolve).once('error', reject);
      });
    const streams = await Promise.all(Array.from({ length: MOST_STREAMS }, open));
    const refused = await client.get('/metrics/stream');
    for (const stream of streams) stream.destroy();

    const again = await eventually(async () => {
      const stream = await open();
      stream.destroy();
      expect(stream.statusCode).toBe(200);
      return stream;
    });

    expect(streams.filter(({ statusCode }) => statusCode !== 200)).toEqual([]);
    expect(refused).toMatchObject({ status: 503, body: { code: 'METRICS_STREAMS_BUSY' } });
    expect(again.headers['content-type']).toContain('text/event-stream');
    agent.destroy();
  });
});

describe('with a database that takes connections and never answers', () => {
  beforeAll(() => proxy.swallow());

  it('goes on telling how it is, and that nothing is known of the database', async () => {
    const health = await eventually(async () => {
      const { status, body } = await client.get('/metrics/health');
      const data = body?.data as Health;
      expect(status).toBe(200);
      expect(data.components['database']?.score).toBe(0);
      return data;
    });

    expect(health.overall.healthy).toBe(false);
    expect(health.components['application']?.score).toBeGreaterThanOrEqual(0);
  });

  it('answers what needs no database, and is alive', async () => {
    for (const path of ['/livez', '/metrics/ping', '/metrics/summary', '/metrics', '/api/performance']) {
      expect([path, (await client.get(path)).status]).toEqual([path, 200]);
    }
  });

  it('is not ready, and says which question it cannot answer', async () => {
    const [ready, history] = await Promise.all([client.get('/readyz'), client.get('/metrics/history')]);

    expect(ready).toMatchObject({ status: 503, body: { code: 'HEALTH_NOT_READY' } });
    expect(history.status).toBe(503);
    expect(history.body?.code).toMatch(/^DATABASE_/);
  });
});
