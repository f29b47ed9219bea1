import { type ApiAnswer, ApiClient, startApi } from '../support/api-client.js';
import { eventually } from '../support/eventually.js';
import type { ServerProcess } from '../support/server-process.js';
import { useTestDatabase } from '../support/test-database.js';

const database = useTestDatabase({ isServed: true });
let server: ServerProcess;
let operator: ApiClient;
let editor: ApiClient;
let viewer: ApiClient;
let foreign: ApiClient;

beforeAll(async () => {
  server = await startApi(database.url, {});
  operator = new ApiClient(server.url);
  editor = new ApiClient(server.url, await operator.createKey('editor'));
  viewer = new ApiClient(server.url, await operator.createKey('viewer'));
  const { body } = await operator.post('/api/tenants', { slug: 'foreign', name: 'Foreign' });
  foreign = new ApiClient(server.url, (body?.data as { adminKey: { key: string } }).adminKey.key);
});
afterAll(() => server.kill());

interface Job {
  readonly id: string;
  readonly state: string;
  readonly processed: number;
}

const jobOf = ({ body }: ApiAnswer): Job => body?.data as Job;
const run = (index: number): object => ({
  jobName: 'nightly',
  startedAt: '2026-01-31T12:00:00Z',
  durationMs: index,
  success: index % 2 === 0,
});

function send(type: string, body: string, query = 'operation=CREATE&target=scheduler-runs', headers = {}) {
  return editor.send(`/api/jobs?${query}`, {
    method: 'POST',
    headers: { 'Content-Type': type, ...headers },
    body,
  });
}
const ndjson = (rows: readonly object[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join('');

async function ended(id: string): Promise<Job> {
  return eventually(async () => {
    const job = jobOf(await viewer.get(`/api/jobs/${id}`));
    expect(['succeeded', 'failed', 'cancelled']).toContain(job.state);
    return job;
  });
}

describe('batch jobs over HTTP', () => {
  it('take records as NDJSON, tell their progress, and are in the audit chain', async () => {
    const accepted = await send(
      'application/x-ndjson',
      ndjson(Array.from({ length: 2_500 }, (_, i) => run(i))),
    );

    expect(accepted).toMatchObject({ status: 202, body: { data: { operation: 'CREATE', total: 2_500 } } });
    const { id } = jobOf(accepted);
    expect(await ended(id)).toMatchObject({
      state: 'succeeded',
      processed: 2_500,
      written: 2_500,
      bad: 0,
      etaMs: null,
    });
    expect((await viewer.get('/api/jobs?limit=1')).body).toMatchObject({ data: [{ id }] });
    const { body } = await operator.get('/api/job-audit');
    expect((body?.data as { action: string }[]).map(({ action }) => action)).toEqual([
      'created',
      'succeeded',
    ]);
    expect((await operator.get('/api/job-audit/verdict')).body).toMatchObject({
      data: { entries: 2, firstBrokenId: null },
    });
  });

  it('take CSV, with what the database refuses as dead letters', async () => {
    const text =
      'jobName,startedAt,durationMs,success\r\n"a, c",2026-01-31T12:00:00+01:00,1.5,true\r\nb,2026-01-31T12:00:00Z,-1,false\r\n';

    const { id } = jobOf(await send('text/csv', text));

    expect(await ended(id)).toMatchObject({ state: 'succeeded', written: 1, bad: 1 });
    const letters = await editor.get(`/api/jobs/${id}/dead-letters`);
    expect(letters.headers.get('Content-Type')).toContain('application/x-ndjson');
    expect(JSON.parse(letters.text)).toMatchObject({
      record: 2,
      sqlState: '23514',
      payload: { durationMs: '-1' },
    });
  });

  it('keep what a target says is for admins from editors', async () => {
    const purge = { operation: 'PURGE', target: 'scheduler-runs', options: { olderThanDays: 36_000 } };

    expect(await editor.post('/api/jobs', purge)).toMatchObject({
      status: 403,
      body: { code: 'BATCH_OPERATION_FORBIDDEN' },
    });
    expect((await operator.post('/api/jobs', purge)).status).toBe(202);
  });

  it('refuse a charset that they do not read', async () => {
    const answer = await send('text/csv; charset=iso-8859-1', 'jobName\na\n');

    expect(answer).toMatchObject({ status: 415, body: { code: 'HTTP_ENCODING_UNSUPPORTED' } });
  });

  it('refuse a filter that would be lost on the way', async () => {
    const options = '"options":{"filter":{"constructor":"x"},"confirm":true}';
    const answer = await editor.post(
      '/api/jobs',
      `{"operation":"DELETE","target":"scheduler-runs",${options}}`,
    );

    expect(answer).toMatchObject({ status: 400, body: { code: 'HTTP_BODY_MALFORMED' } });
  });

  it.each([
    ['application/x-ndjson', `${JSON.stringify(run(1))}\n{"jobName":`, 2],
    ['application/x-ndjson', `${JSON.stringify(run(1))}\n[]\n`, 2],
    ['application/x-ndjson', '{"jobName":"a\\u0000"}\n', 1],
    ['application/x-ndjson', '{"jobName":"a","other":1}\n', 1],
    ['application/x-ndjson', '{"jobName":"a"}\n', 1],
    ['text/csv', 'jobName,jobName\na,b\n', 1],
    ['text/csv', 'jobName,startedAt,durationMs,success\n', 1],
    ['text/csv', 'jobName;startedAt\na;b\n', 1],
    ['text/csv', 'jobName,startedAt,durationMs,success\n"a""b",2026-01-31T12:00:00Z,1,true\n', 2],
    ['application/x-ndjson', '\n\n', 1],
    ['text/csv', 'jobName,startedAt,durationMs,success\na,yesterday,1,true\n', 2],
    ['text/csv', 'jobName,startedAt,durationMs,success\na,2026-01-31T12:00:00Z,1\n', 2],
    ['text/csv', 'jobName,startedAt,durationMs,success\n"a,2026-01-31T12:00:00Z,1,true\n', 2],
  ])('refuse %s %j with its line, and keep nothing', async (type, body, line) => {
    const answer = await send(type, body);

    expect(answer).toMatchObject({ status: 400, body: { details: { line } } });
    expect(answer.body?.code).toMatch(/^BATCH_(INPUT|RECORD)_INVALID$/);
  });

  it.each([
    ['operation=DROP&target=scheduler-runs', 'operation'],
    ['target=scheduler-runs', 'operation'],
    ['operation=CREATE', 'target'],
    ['operation=CREATE&target=tenants', 'target'],
    ['operation=UPSERT&target=scheduler-runs', 'operation'],
    ['operation=CREATE&target=scheduler-runs&priority=high', 'priority'],
    ['operation=CREATE&target=scheduler-runs&force=1', ''],
  ])('refuse ?%s', async (query, path) => {
    const answer = await send('application/x-ndjson', ndjson([run(1)]), query);

    expect([answer.status, answer.body?.details?.issues?.[0]?.path]).toEqual([400, path]);
  });

  it('do nothing to everything without confirm, and to a filter what is asked', async () => {
    await send('application/x-ndjson', ndjson([{ ...run(1), jobName: 'to-go' }]));
    const request = { operation: 'DELETE', target: 'scheduler-runs' };

    expect((await editor.post('/api/jobs', request)).status).toBe(400);
    expect((await editor.post('/api/jobs', { ...request, options: { filter: { id: 1 } } })).status).toBe(400);
    const { id } = await eventually(async () => {
      const job = jobOf(
        await editor.post('/api/jobs', { ...request, options: { filter: { jobName: 'to-go' } } }),
      );
      expect(await ended(job.id)).toMatchObject({ state: 'succeeded', written: 1 });
      return job;
    });

    expect(await editor.post(`/api/jobs/${id}/pause`, {})).toMatchObject({
      status: 409,
      body: { code: 'BATCH_STATE_CONFLICT' },
    });
  });

  it("are the tenant's own, and for editors", async () => {
    const { id } = jobOf(await send('application/x-ndjson', ndjson([run(1)])));

    for (const path of [
      `/api/jobs/${id}`,
      `/api/jobs/${id}/dead-letters`,
      '/api/jobs/0',
      '/api/jobs/x',
      '/api/jobs/99999999999999999999',
    ]) {
      expect(await foreign.get(path)).toMatchObject({ status: 404, body: { code: 'BATCH_JOB_NOT_FOUND' } });
    }
    expect((await foreign.post(`/api/jobs/${id}/cancel`, {})).status).toBe(404);
    expect((await foreign.get('/api/jobs')).body?.data).toEqual([]);
    expect((await viewer.post('/api/jobs', { operation: 'DELETE', target: 'scheduler-runs' })).status).toBe(
      403,
    );
    expect((await editor.get('/api/job-audit')).status).toBe(403);
  });

  it('are begun once for an Idempotency-Key', async () => {
    const body = ndjson([run(1)]);
    const headers = { 'Idempotency-Key': 'import-1' };

    const [first, second] = [
      await send('application/x-ndjson', body, undefined, headers),
      await send('application/x-ndjson', body, undefined, headers),
    ];

    expect(jobOf(second).id).toBe(jobOf(first).id);
  });
});
