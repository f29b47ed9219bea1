import { gzipSync } from 'node:zlib';
import { ApiClient, startApi } from '../support/api-client.js';
import type { ServerProcess } from '../support/server-process.js';
import { useTestDatabase } from '../support/test-database.js';

const EVENTS = '/api/metrics/events';

describe('a body that costs much', () => {
  const database = useTestDatabase({ isServed: true });
  let server: ServerProcess;
  let api: ApiClient;

  beforeAll(async () => {
    server = await startApi(database.url);
    api = new ApiClient(server.url);
  });

  afterAll(() => server.kill());

  const refused = (status: number, code: string) => ({ status, body: { status, code } });

  it.each([
    ['a large one', 'x'.repeat(9_000_000), {}],
    ['a packed one', gzipSync('['.repeat(2_000_000)), { 'Content-Encoding': 'gzip' }],
    ['a form', 'a=1', { 'Content-Type': 'application/x-www-form-urlencoded' }],
  ])('is not read when nobody genuine sends it: %s', async (_name, body, headers) => {
    const send = (authorization: Record<string, string>) =>
      new ApiClient(server.url, undefined).send(EVENTS, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', ...headers, ...authorization },
        body,
      });

    expect(await send({ Authorization: 'Basic eDp5' })).toMatchObject(refused(401, 'TENANCY_KEY_MISSING'));
    expect(await send({ Authorization: `${api.authorization}x` })).toMatchObject(
      refused(401, 'TENANCY_KEY_INVALID'),
    );
  });

  it('is refused quickly when it holds millions of bad rows', async () => {
    const startedAt = performance.now();

    const answer = await api.post(EVENTS, `{"events":[${'[],'.repeat(600_000)}[]]}`);

    expect(answer).toMatchObject(refused(400, 'HTTP_BODY_MALFORMED'));
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });

  it('may hold 10,000 scheduler runs', async () => {
    const run = { jobName: 'j'.repeat(60), durationMs: 1, success: true, itemsProcessed: 123_456 };
    const runs = Array(10_000).fill(run) as unknown[];

    expect(JSON.stringify({ runs }).length).toBeGreaterThan(1_048_576);
    expect((await api.post('/api/metrics/scheduler', { runs })).status).toBe(201);
  });
});
