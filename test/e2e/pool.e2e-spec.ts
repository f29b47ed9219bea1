import pg from 'pg';
import { ApiClient, startApi } from '../support/api-client.js';
import { eventually } from '../support/eventually.js';
import type { ServerProcess } from '../support/server-process.js';
import { useTestDatabase } from '../support/test-database.js';

interface Report {
  readonly active: number;
  readonly idle: number;
  readonly max: number;
  readonly acquireMs: { readonly count: number };
  readonly connectionsLost: number;
  readonly health: { readonly isServerUp: boolean; readonly checkedAt: string | null };
}

describe('the pool of a running server', () => {
  const database = useTestDatabase({ isServed: true });
  let server: ServerProcess;
  let operator: ApiClient;

  beforeAll(async () => {
    server = await startApi(database.url, {
      POOL_HEALTH_CHECK_MS: '1000',
      POOL_LONG_RUNNING_MS: '200',
      DATABASE_POOL_MAX: '5',
    });
    operator = new ApiClient(server.url);
  });
  afterAll(() => server.kill());

  async function report(): Promise<Report> {
    return (await operator.get('/metrics/pool')).body?.data as Report;
  }

  /** Without a key: reads are open on loopback. */
  async function seenByAll(path: string): Promise<unknown> {
    return ((await (await fetch(`${server.url}${path}`)).json()) as { data: unknown }).data;
  }

  it('is shown with its sizes, times and health', async () => {
    await eventually(async () => expect((await report()).health.checkedAt).not.toBeNull());

    const found = await report();
    expect(found).toMatchObject({ max: 5, health: { isServerUp: true, reason: null }, replicas: [] });
    expect(found.acquireMs.count).toBeGreaterThan(0);
    expect(await seenByAll('/metrics/pool/leaks')).toEqual([]);
    const { text } = await operator.get('/metrics?format=prometheus');
    expect(text).toMatch(/^pool_connections\{state="idle"\} \d/m);
    expect(text).toMatch(/^pool_acquire_seconds_count [1-9]/m);
  });

  it('shows long statements: their text to operators, without its values, and not to others', async () => {
    const client = new pg.Client(database.url);
    await client.connect();
    const running = client.query("SELECT pg_sleep(3), 'hidden'");
    client.on('error', () => undefined);
    const path = '/metrics/pool/long-running';

    await eventually(async () => {
      expect((await operator.get(path)).body?.data).toMatchObject([
        { sql: 'SELECT pg_sleep(?), ?', holder: null },
      ]);
    });
    expect(await seenByAll(path)).toMatchObject([{ sql: null, userName: null }]);
    await running;
    await client.end();
  });

  it('gets over the end of all its connections without a failed request', async () => {
    const before = await report();
    const client = new pg.Client(database.url);
    await client.connect();
    for (let round = 0; round < 3; round += 1) {
      await client.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND application_name LIKE 'plimsoll%'`,
      );
      const answers = await Promise.all(Array.from({ length: 10 }, () => operator.get('/api/keys')));
      expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(200));
    }
    await client.end();

    expect((await report()).connectionsLost).toBeGreaterThan(before.connectionsLost);
    expect((await operator.get('/readyz')).status).toBe(200);
  });
});
