import { sql } from '../../src/kernel/sql.js';
import { ApiClient, startApi } from '../support/api-client.js';
import type { ServerProcess } from '../support/server-process.js';
import { useTestDatabase } from '../support/test-database.js';

const database = useTestDatabase({ isServed: true });
let server: ServerProcess;
let operator: ApiClient;

interface Plan {
  readonly source: string;
  readonly plan: { readonly type: string; readonly actual: object | null };
  readonly findings: readonly { readonly kind: string; readonly node: string }[];
  readonly isGeneric: boolean;
  readonly plannedAs: string | null;
  readonly role: string;
}

beforeAll(async () => {
  await database.db.query(sql`CREATE TABLE big (id int PRIMARY KEY, status text)`);
  await database.db.query(
    sql`INSERT INTO big SELECT i, CASE WHEN i % 5000 = 0 THEN 'rare' ELSE 'usual' END FROM generate_series(1, 50000) i`,
  );
  await database.db.query(sql`ANALYZE big`);
  server = await startApi(database.url, {
    QUERY_PLAN_ANALYZE_ENABLED: 'true',
    METRICS_ANONYMOUS_READ: 'true',
  });
  operator = new ApiClient(server.url);
});
afterAll(() => server.kill());

const ask = (body: object, client = operator) => client.post('/metrics/query-plan', body);

describe('POST /metrics/query-plan', () => {
  it('answers the tree of a plan and what stands out in it', async () => {
    const { status, body } = await ask({ query: `SELECT * FROM big WHERE status = 'rare'` });

    const report = body?.data as Plan;
    expect(status).toBe(200);
    expect(report).toMatchObject({
      source: 'explain',
      plan: { type: 'Seq Scan', actual: null },
      isGeneric: false,
    });
    expect(report.findings.map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(['sequential-scan', 'filter', 'missing-index']),
    );
    expect(report.findings.every(({ node }) => node === '0')).toBe(true);
  });

  it('takes values of parameters, and does without them', async () => {
    const given = await ask({ query: 'SELECT * FROM big WHERE id = $1', params: [5] });
    const absent = await ask({ query: 'SELECT * FROM big WHERE id = $1 AND now() > now() - interval $2' });

    expect(given.body?.data).toMatchObject({ isGeneric: false, plannedAs: null });
    expect(absent.body?.data).toMatchObject({
      isGeneric: true,
      plannedAs: 'SELECT * FROM big WHERE id = $1 AND now() > now() - $2::interval',
    });
  });

  it('runs a statement when it is asked to, and leaves an entry in the audit trail', async () => {
    const { status, body } = await ask({ query: 'SELECT count(*) FROM big', analyze: true });

    const audit = await operator.get('/api/audit');
    expect(status).toBe(200);
    expect((body?.data as Plan).source).toBe('analyze');
    expect((body?.data as Plan).plan.actual).not.toBeNull();
    expect(audit.body?.data).toContainEqual(expect.objectContaining({ action: 'query.analyzed' }));
  });

  it.each([
    ['QUERY_PLAN_REFUSED', 'DELETE FROM big'],
    ['QUERY_PLAN_REFUSED', 'SELECT pg_sleep(3)'],
    ['QUERY_PLAN_REFUSED', 'SELECT * FROM pg_authid'],
    ['QUERY_PLAN_REFUSED', `SELECT '${'x'.repeat(100_000)}'`],
    ['QUERY_PLAN_REFUSED', `SELECT ${'(SELECT '.repeat(1_000)}1${')'.repeat(1_000)}`],
    [
      'QUERY_PLAN_REFUSED',
      `SELECT ${Array.from({ length: 6_000 }, (_, n) => `id AS c${n}`).join(', ')} FROM big`,
    ],
    ['QUERY_SYNTAX', 'SELEC 1'],
    ['QUERY_PLAN_FAILED', 'SELECT nothing FROM big'],
  ])('answers 400 %s to %.60s', async (code, query) => {
    const { status, body } = await ask({ query });

    expect([status, body?.code]).toEqual([400, code]);
  });

  it.each([
    ['QUERY_SYNTAX', 'SELECT 1 FROM WHERE'],
    ['QUERY_PLAN_FAILED', 'SELECT 1 FROM big, x'],
  ])('counts characters from 1 in %s', async (code, query) => {
    const { body } = await ask({ query });

    const fault = code === 'QUERY_SYNTAX' ? 'WHERE' : 'x';
    expect(body).toMatchObject({ code, details: { position: query.indexOf(fault) + 1 } });
  });

  it('does not repeat data of a failed statement', async () => {
    const { text } = await ask({ query: `SELECT * FROM big WHERE id = 'secret-value'::int` });

    expect(text).toContain('22P02');
    expect(text).not.toContain('secret-value');
  });

  it.each([
    ['no query', {}],
    ['an unknown field', { query: 'SELECT 1', verbose: true }],
    ['an object as value', { query: 'SELECT $1', params: [{}] }],
    ['a NUL in a value', { query: 'SELECT $1', params: ['\0'] }],
    ['too few values', { query: 'SELECT $1::int + $2::int', params: [1] }],
  ])('answers 400 to %s', async (_, body) => {
    expect((await ask(body)).status).toBe(400);
  });

  it('is for operators alone, although metrics are open', async () => {
    const query = 'SELECT 1';
    const { body } = await operator.post('/api/tenants', { slug: 'foreign', name: 'Foreign' });
    const foreign = new ApiClient(server.url, (body?.data as { adminKey: { key: string } }).adminKey.key);
    const editor = new ApiClient(server.url, await operator.createKey('editor'));
    const nobody = await fetch(`${server.url}/metrics/query-plan`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ query }),
    });

    const answers = await Promise.all([foreign, editor].map((client) => ask({ query }, client)));

    expect([...answers.map(({ status }) => status), nobody.status]).toEqual([403, 403, 401]);
  });

  it('plans many at once, one after the other, and says when they are too many', async () => {
    const answers = await Promise.all(Array.from({ length: 40 }, () => ask({ query: 'SELECT * FROM big' })));

    const statuses = new Set(answers.map(({ status }) => status));
    expect([...statuses].every((status) => status === 200 || status === 503)).toBe(true);
    expect(statuses).toContain(200);
  });
});
