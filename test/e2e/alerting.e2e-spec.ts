import { type ApiAnswer, ApiClient, startApi } from '../support/api-client.js';
import { eventually } from '../support/eventually.js';
import type { ServerProcess } from '../support/server-process.js';
import { useTestDatabase } from '../support/test-database.js';
import { WebhookCatcher } from '../support/webhook-catcher.js';

const SECRET = 'a-token-nobody-may-see-again';
const database = useTestDatabase({ isServed: true });
let server: ServerProcess;
let hook: WebhookCatcher;
let operator: ApiClient;
let editor: ApiClient;
let viewer: ApiClient;
let foreign: ApiClient;
let foreignEditor: ApiClient;

beforeAll(async () => {
  hook = await WebhookCatcher.start();
  server = await startApi(database.url, {
    ALERTING_EVALUATE_EVERY_MS: '200',
    ALERTING_EVENT_DELAY_MS: '0',
    ALERTING_PACE_MS: '1',
    ALERTING_ALLOWED_PRIVATE_TARGETS: '127.0.0.1',
  });
  operator = new ApiClient(server.url);
  editor = new ApiClient(server.url, await operator.createKey('editor'));
  viewer = new ApiClient(server.url, await operator.createKey('viewer'));
  const { body } = await operator.post('/api/tenants', { slug: 'foreign', name: 'Foreign' });
  foreign = new ApiClient(server.url, (body?.data as { adminKey: { key: string } }).adminKey.key);
  foreignEditor = new ApiClient(server.url, await foreign.createKey('editor'));
});
afterAll(async () => {
  await server.kill();
  await hook.stop();
});

interface Row extends Record<string, unknown> {
  readonly id: string;
  readonly version: number;
}

const dataOf = ({ body }: ApiAnswer): Row => body?.data as Row;
const rowsOf = ({ body }: ApiAnswer): Row[] => body?.data as Row[];
const outcomeOf = ({ status, body }: ApiAnswer) => [status, body?.code];
const send = (client: ApiClient, method: string, path: string, body?: unknown, headers = {}) =>
  client.send(path, {
    method,
    headers: { 'Content-Type': 'application/json', ...headers },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
const slow = { scraper: 'shop', metric: 'page', aggregation: 'last', operator: '>', value: 100 };

async function receiverOf(client: ApiClient, name: string): Promise<Row> {
  const answer = await client.post('/api/alert-receivers', {
    name,
    kind: 'webhook',
    secrets: { url: hook.url, headers: { Authorization: SECRET } },
    groupWaitMs: 0,
    groupIntervalMs: 1_000,
  });
  expect(answer.status).toBe(201);
  return dataOf(answer);
}

async function measure(durationMs: number, client = operator): Promise<void> {
  const event = { scraperSource: 'shop', metricType: 'page', success: true, scrapeDurationMs: durationMs };
  expect((await client.post('/api/metrics/events', event)).status).toBe(201);
}

describe('alerting over HTTP', () => {
  it('watches, tells, is acknowledged, resolved and remembered', async () => {
    const receiver = await receiverOf(operator, 'on call');
    const tested = await editor.post(`/api/alert-receivers/${receiver.id}/test`, undefined);
    expect(dataOf(tested)).toMatchObject({ isDelivered: true, reason: null });
    expect(hook.messages.at(-1)?.headers['authorization']).toBe(SECRET);

    const created = await editor.post('/api/alert-rules', {
      name: 'Pages are slow',
      ...slow,
      severity: 'critical',
      missingData: 'ok',
      labels: { team: 'shop' },
      receivers: [receiver.id],
    });
    expect(created.status).toBe(201);
    await measure(5_000);
    const alert = await eventually(async () => {
      const [found] = rowsOf(await viewer.get(`/api/alerts?state=firing&rule=${dataOf(created).id}`));
      expect(found).toMatchObject({ ruleName: 'Pages are slow', severity: 'critical', value: 5_000 });
      return found as Row;
    });
    expect(alert['labels']).toMatchObject({ team: 'shop', alertname: 'Pages are slow' });
    await eventually(() => expect(hook.told('Pages are slow')).toEqual(['firing']));

    const acknowledged = dataOf(await editor.post(`/api/alerts/${alert.id}/acknowledge`, undefined));
    expect(acknowledged['acknowledgedAt']).toEqual(expect.any(String));
    const taken = dataOf(await send(editor, 'DELETE', `/api/alerts/${alert.id}/acknowledge`));
    expect(taken['acknowledgedAt']).toBeNull();
    await editor.post(`/api/alerts/${alert.id}/acknowledge`, undefined);

    await measure(5);
    await eventually(() => expect(hook.told('Pages are slow')).toEqual(['firing', 'resolved']));
    const [ended] = rowsOf(await viewer.get(`/api/alerts?state=resolved&rule=${dataOf(created).id}`));
    expect(ended).toMatchObject({
      state: 'resolved',
      startsAt: alert['startsAt'],
      endsAt: expect.any(String),
    });
    expect(rowsOf(await viewer.get(`/api/alerts?rule=${dataOf(created).id}`))).toEqual([]);
    const again = await editor.post(`/api/alerts/${alert.id}/acknowledge`, undefined);
    expect(outcomeOf(again)).toEqual([409, 'ALERTING_NOT_FIRING']);
    const history = rowsOf(await viewer.get(`/api/alerts/history?rule=${dataOf(created).id}`));
    expect(history.map(({ toState }) => toState)).toEqual(['normal', 'firing']);
    const resolved = await viewer.get(`/api/alerts/history?state=resolved&rule=${dataOf(created).id}`);
    expect(rowsOf(resolved)).toEqual(history.slice(0, 1));
  });

  it('ends the alerts of a rule that is disabled or deleted, and tells it', async () => {
    const receiver = await receiverOf(operator, 'for deletions');
    const rule = dataOf(
      await editor.post('/api/alert-rules', {
        name: 'Deleted one',
        ...slow,
        operator: '>=',
        value: 0,
        receivers: [receiver.id],
      }),
    );
    await measure(1);
    await eventually(() => expect(hook.told('Deleted one')).toEqual(['firing']));

    const disabled = await send(editor, 'PATCH', `/api/alert-rules/${rule.id}`, { isEnabled: false });

    expect(dataOf(disabled)).toMatchObject({ isEnabled: false, version: 2 });
    await eventually(() => expect(hook.told('Deleted one')).toEqual(['firing', 'resolved']));
    expect((await send(editor, 'DELETE', `/api/alert-rules/${rule.id}`)).status).toBe(204);
    expect(outcomeOf(await viewer.get(`/api/alert-rules/${rule.id}`))).toEqual([404, 'ALERTING_NOT_FOUND']);
    const [past] = rowsOf(await viewer.get(`/api/alerts?state=resolved&rule=${rule.id}`));
    expect(past).toMatchObject({ id: null, state: 'resolved', detail: 'the rule was disabled' });
  });

  it('tries a rule on the past without keeping it', async () => {
    await measure(5_000);

    const tried = await editor.post('/api/alert-rules/preview', { ...slow, windowMs: 60_000 });

    expect(tried.status).toBe(200);
    expect(dataOf(tried)).toMatchObject({ firings: expect.any(Number), seriesCount: 1 });
    expect(rowsOf(await viewer.get('/api/alert-rules?origin=user')).map(({ name }) => name)).not.toContain(
      'Preview',
    );
  });

  it('watches the budget of an SLO', async () => {
    const events = Array.from({ length: 40 }, (_, index) => ({
      scraperSource: 'fragile',
      metricType: 'page',
      success: index % 2 === 0,
    }));
    expect((await operator.post('/api/metrics/events', { events })).status).toBe(201);

    const slo = dataOf(
      await editor.post('/api/slos', { name: 'Holds', scraper: 'fragile', objective: 0.99 }),
    );

    const alerts = await eventually(async () => {
      const firing = rowsOf(await viewer.get('/api/alerts?state=firing')).filter(
        ({ labels }) => (labels as { slo?: string }).slo === 'Holds',
      );
      expect(firing).toHaveLength(4);
      return firing;
    });
    for (const { value } of alerts) expect(value).toBeCloseTo(50, 6);
    const status = dataOf(await viewer.get(`/api/slos/${slo.id}/status`));
    expect(status).toMatchObject({ events: 40, goodEvents: 20, sli: 0.5, isMet: false, predictedAt: null });
    expect((await send(editor, 'DELETE', `/api/slos/${slo.id}`)).status).toBe(204);
    const ended = rowsOf(await viewer.get('/api/alerts?state=resolved')).filter(
      ({ labels }) => (labels as { slo?: string }).slo === 'Holds',
    );
    expect(ended.map(({ detail }) => detail)).toEqual(Array(4).fill('the SLO was deleted'));
  });

  it('tells browsers that follow the stream, of their tenant alone', async () => {
    const receiver = await editorOfGateway();
    const listening = new AbortController();
    const read = (client: ApiClient) =>
      fetch(`${server.url}/api/alerts/stream`, {
        headers: { Authorization: client.authorization },
        signal: listening.signal,
      });
    const [own, others] = await Promise.all([read(viewer), read(foreign)]);
    let heard = '';
    let overheard = '';
    const follow = async (answer: Response, add: (text: string) => void): Promise<void> => {
      const decoder = new TextDecoder();
      for await (const piece of answer.body as unknown as AsyncIterable<Uint8Array>)
        add(decoder.decode(piece));
    };
    const following = Promise.allSettled([
      follow(own, (text) => (heard += text)),
      follow(others, (text) => (overheard += text)),
    ]);

    await editor.post('/api/alert-rules', {
      name: 'For the browser',
      ...slow,
      operator: '>=',
      value: 0,
      receivers: [receiver.id],
    });
    await measure(1);

    await eventually(() => expect(heard).toContain('For the browser'));
    listening.abort();
    await following;
    expect(overheard).not.toContain('event: alerts');
  });

  async function editorOfGateway(): Promise<Row> {
    return dataOf(
      await operator.post('/api/alert-receivers', {
        name: 'browsers',
        kind: 'gateway',
        groupWaitMs: 0,
      }),
    );
  }

  it("shows what is about the server to everybody, and what is a tenant's to its keys alone", async () => {
    await operator.post('/api/alert-rules', {
      name: 'Memory is used',
      signal: 'process_resident_memory_bytes',
      operator: '>',
      value: 0,
      severity: 'info',
    });
    await editor.post('/api/alert-rules', { name: 'Own matter', ...slow, operator: '>=', value: 0 });
    await measure(1);

    const namesFor = async (key: ApiClient, path: string): Promise<unknown[]> =>
      rowsOf(await key.get(path)).map(({ ruleName }) => ruleName);
    await eventually(async () =>
      expect(await namesFor(viewer, '/metrics/alerts?state=firing')).toEqual(
        expect.arrayContaining(['Memory is used', 'Own matter']),
      ),
    );

    for (const reader of [new ApiClient(server.url, undefined), foreign]) {
      const seen = await (reader === foreign
        ? namesFor(reader, '/metrics/alerts')
        : rowsOf(await fetchJson('/metrics/alerts')).map(({ ruleName }) => ruleName));
      expect(seen).toContain('Memory is used');
      expect(seen).not.toContain('Own matter');
    }
    expect(await namesFor(foreign, '/api/alerts')).toEqual([]);
  });

  async function fetchJson(path: string): Promise<ApiAnswer> {
    const answer = await fetch(server.url + path);
    const text = await answer.text();
    return { status: answer.status, headers: answer.headers, text, body: JSON.parse(text) as never };
  }

  it('keeps secrets: no answer, log line or audit entry has them', async () => {
    const receiver = await receiverOf(operator, 'secretive');
    const path = `/api/alert-receivers/${receiver.id}`;
    const answers = [
      await operator.get(path),
      await operator.get('/api/alert-receivers'),
      await send(operator, 'PATCH', path, { name: 'secretive still' }),
      await send(operator, 'PUT', path, { name: 'secretive again', kind: 'webhook', groupWaitMs: 0 }),
      await send(operator, 'PATCH', path, { secrets: { url: `not an address ${SECRET}` } }),
      await send(operator, 'PATCH', path, { secrets: { url: 'https://elsewhere.example/hook' } }),
      await operator.get('/api/audit?limit=200'),
    ];

    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 400, 400, 200]);
    expect(answers[5]?.body?.details?.issues?.[0]?.path).toBe('secrets.headers');
    for (const { text } of answers) {
      expect(text).not.toContain(SECRET);
      expect(text).not.toContain('/hook');
    }
    expect(answers.at(-1)?.text).toContain('alert-receiver.updated');
    expect(dataOf(answers[3] as ApiAnswer)).toMatchObject({ secretNames: ['headers', 'url'], version: 3 });
    const before = hook.messages.length;
    expect(dataOf(await editor.post(`${path}/test`, undefined))).toMatchObject({ isDelivered: true });
    expect(hook.messages[before]?.headers['authorization']).toBe(SECRET);
    expect(server.output).not.toContain(SECRET);
  });

  it('lets nobody reach into another tenant', async () => {
    const receiver = await receiverOf(operator, 'ours');
    const rule = dataOf(await editor.post('/api/alert-rules', { name: 'Ours', ...slow }));
    const slo = dataOf(await editor.post('/api/slos', { name: 'Ours', objective: 0.99 }));
    const silence = dataOf(
      await editor.post('/api/silences', {
        matchers: [{ label: 'alertname', operator: '=', value: 'Ours' }],
        durationMs: 60_000,
      }),
    );
    const paths = [
      `/api/alert-rules/${rule.id}`,
      `/api/alert-receivers/${receiver.id}`,
      `/api/slos/${slo.id}`,
      `/api/silences/${silence.id}`,
    ];

    for (const path of paths) {
      for (const method of ['GET', 'DELETE']) {
        expect([path, ...outcomeOf(await send(foreign, method, path))]).toEqual([
          path,
          404,
          'ALERTING_NOT_FOUND',
        ]);
      }
      expect(outcomeOf(await send(foreign, 'PATCH', path, {}))).toEqual([404, 'ALERTING_NOT_FOUND']);
      expect(rowsOf(await foreign.get(path.replace(/\/\d+$/, '')))).toEqual([]);
      expect((await viewer.get(path)).status).toBe(200);
    }
    expect(outcomeOf(await foreign.get(`/api/slos/${slo.id}/status`))).toEqual([404, 'ALERTING_NOT_FOUND']);
    const taken = await foreign.post('/api/alert-rules', {
      name: 'Theirs',
      ...slow,
      receivers: [receiver.id],
    });
    expect(outcomeOf(taken)).toEqual([400, 'ALERTING_INPUT_INVALID']);
    expect(taken.body?.details?.issues?.[0]?.path).toBe('receivers.0');
  });

  it('leaves the server itself to its operators', async () => {
    const own = { name: 'Lag', signal: 'event_loop_lag_seconds', operator: '>', value: 1 };
    for (const client of [editor, foreign, foreignEditor]) {
      expect(outcomeOf(await client.post('/api/alert-rules', own))).toEqual([403, 'ALERTING_OPERATORS_ONLY']);
    }
    const builtIn = await eventually(async () => {
      const [found] = rowsOf(await viewer.get('/api/alert-rules?origin=built-in'));
      expect(found).toMatchObject({ origin: 'built-in' });
      return found as Row;
    });
    const path = `/api/alert-rules/${builtIn.id}`;

    expect(outcomeOf(await send(editor, 'PATCH', path, { value: 1 }))).toEqual([
      403,
      'ALERTING_OPERATORS_ONLY',
    ]);
    expect(outcomeOf(await send(operator, 'DELETE', path))).toEqual([409, 'ALERTING_RULE_FIXED']);
    const renamed = await send(operator, 'PATCH', path, { name: 'Something else' });
    expect(outcomeOf(renamed)).toEqual([409, 'ALERTING_RULE_FIXED']);
    const changed = await send(operator, 'PATCH', path, { severity: 'info', isEnabled: false });
    expect(dataOf(changed)).toMatchObject({ severity: 'info', isEnabled: false, origin: 'built-in' });
    expect(rowsOf(await foreign.get('/api/alert-rules?origin=built-in'))).toEqual([]);
  });
});

describe('input of the alerting', () => {
  it('is checked field by field', async () => {
    const rule = { name: 'Odd', ...slow };
    const cases: readonly (readonly [path: string, body: unknown, field: string])[] = [
      ['/api/alert-rules', { ...rule, name: 'two\nlines' }, 'name'],
      ['/api/alert-rules', { ...rule, name: '' }, 'name'],
      ['/api/alert-rules', { ...rule, name: '\u200b\u2060' }, 'name'],
      ['/api/slos', { name: 'gnp\u202eexe', objective: 0.9 }, 'name'],
      ['/api/alert-receivers', { name: 'gnp\u2066exe', kind: 'gateway' }, 'name'],
      ['/api/alert-rules', { ...rule, receivers: ['09'] }, 'receivers.0'],
      ['/api/alert-rules', { ...rule, value: 'NaN' }, 'value'],
      ['/api/alert-rules', { ...rule, operator: '~' }, 'operator'],
      ['/api/alert-rules', { ...rule, clearValue: 200 }, 'clearValue'],
      ['/api/alert-rules', { ...rule, operator: '=', clearValue: 1 }, 'clearValue'],
      ['/api/alert-rules', { name: 'Odd', scraper: 'shop' }, 'operator'],
      ['/api/alert-rules', { ...rule, measure: 'successRatio', aggregation: 'mean', value: 1.5 }, 'value'],
      ['/api/alert-rules', { ...rule, kind: 'anomaly' }, 'windowMs operator value clearValue'],
      ['/api/alert-rules', { ...rule, labels: { severity: 'x' } }, 'labels'],
      ['/api/alert-rules', { ...rule, labels: { '0bad': 'x' } }, 'labels.0bad'],
      ['/api/alert-rules', { ...rule, runbookUrl: 'javascript:alert(1)' }, 'runbookUrl'],
      ['/api/alert-rules', { ...rule, receivers: ['999999'] }, 'receivers.0'],
      ['/api/alert-rules', { name: 'Odd', signal: 'no_such', operator: '>', value: 1 }, 'signal'],
      ['/api/alert-receivers', { name: 'Odd', kind: 'webhook' }, 'secrets.url'],
      [
        '/api/alert-receivers',
        { name: 'Odd', kind: 'email', settings: { to: ['a\r\nBcc: b'] } },
        'settings.to.0',
      ],
      ['/api/slos', { name: 'Odd', objective: 1 }, 'objective'],
      ['/api/slos', { name: 'Odd', objective: 0.9, indicator: 'latency' }, 'boundMs'],
      ['/api/slos', { name: 'Odd', objective: 0.9, windowDays: 91 }, 'windowDays'],
    ];

    for (const [path, body, field] of cases) {
      const answer = await operator.post(path, body);

      expect([field, answer.status]).toEqual([field, 400]);
      expect(field.split(' ')).toContain(answer.body?.details?.issues?.[0]?.path);
    }
    expect(
      outcomeOf(await operator.post('/api/alert-rules', '{"name":"Odd","operator":">","value":1e999}')),
    ).toEqual([400, 'HTTP_INPUT_INVALID']);
  });

  it('refuses patterns and silences that could do harm', async () => {
    const silence = (value: string, operator = '=~') => ({
      matchers: [{ label: 'alertname', operator, value }],
      durationMs: 60_000,
    });
    for (const bad of ['(', '(a)\\1', '(?=a)b', '.{999}.{999}', '.*', 'a?', 'x'.repeat(201)]) {
      expect(outcomeOf(await editor.post('/api/silences', silence(bad)))).toEqual([
        400,
        'HTTP_INPUT_INVALID',
      ]);
    }
    expect(outcomeOf(await editor.post('/api/silences', { ...silence('a'), matchers: [] }))[0]).toBe(400);
    const past = { ...silence('a'), durationMs: undefined, endsAt: '2020-01-01T00:00:00Z' };
    expect(outcomeOf(await editor.post('/api/silences', past))).toEqual([400, 'ALERTING_INPUT_INVALID']);

    const blowUp = await editor.post('/api/silences', silence('(a+)+$'));

    expect(blowUp.status).toBe(201);
    const ended = await send(editor, 'DELETE', `/api/silences/${dataOf(blowUp).id}`);
    expect(dataOf(ended)).toMatchObject({ state: 'expired' });
  });

  it('takes names that mean something elsewhere as they are', async () => {
    for (const name of [
      '<!channel> & <script>alert(1)</script>',
      '"quoted" {{ template }}',
      'ünïcödé 🚨',
      '👩\u200d🚒',
      'שלום\u200f!',
    ]) {
      const created = await editor.post('/api/alert-rules', { name, ...slow });

      expect(dataOf(created)['name']).toBe(name);
      expect(outcomeOf(await editor.post('/api/alert-rules', { name, ...slow }))).toEqual([
        409,
        'ALERTING_NAME_TAKEN',
      ]);
    }
  });

  it('answers 409 when somebody was faster, by header and by body', async () => {
    const created = await editor.post('/api/alert-rules', { name: 'Contested', ...slow });
    const path = `/api/alert-rules/${dataOf(created).id}`;
    expect(created.headers.get('ETag')).toBe('"1"');
    await send(editor, 'PATCH', path, { value: 200, version: 1 });

    const late = await send(editor, 'PATCH', path, { value: 300 }, { 'If-Match': '"1"' });
    const later = await send(editor, 'PUT', path, { name: 'Contested', ...slow, version: 1 });
    const latest = await send(editor, 'DELETE', path, undefined, { 'If-Match': '"1"' });

    for (const answer of [late, later, latest]) {
      expect(outcomeOf(answer)).toEqual([409, 'ALERTING_VERSION_CONFLICT']);
    }
    expect(dataOf(await viewer.get(path))).toMatchObject({ value: 200, version: 2 });
    const fitting = await send(editor, 'PATCH', path, { value: 300 }, { 'If-Match': '"2"' });
    expect(dataOf(fitting)).toMatchObject({ value: 300, version: 3 });
    expect(outcomeOf(await send(editor, 'PATCH', path, {}, { 'If-Match': 'soon' }))[0]).toBe(400);
  });

  it('deletes no other version than the one that the body names', async () => {
    const matchers = [{ label: 'alertname', operator: '=', value: 'Kept' }];
    const bodies: Readonly<Record<string, unknown>> = {
      '/api/alert-rules': { name: 'Kept', ...slow },
      '/api/alert-receivers': { name: 'Kept', kind: 'gateway' },
      '/api/slos': { name: 'Kept', objective: 0.99 },
      '/api/silences': { matchers, durationMs: 60_000 },
    };
    for (const [route, body] of Object.entries(bodies)) {
      const path = `${route}/${dataOf(await operator.post(route, body)).id}`;
      const remove = async (asked: unknown) => outcomeOf(await send(operator, 'DELETE', path, asked));

      expect([route, ...(await remove({ version: 2 }))]).toEqual([route, 409, 'ALERTING_VERSION_CONFLICT']);
      expect([route, ...(await remove({ versoin: 1 }))]).toEqual([route, 400, 'HTTP_INPUT_INVALID']);
      expect([route, (await viewer.get(path)).status]).toEqual([route, 200]);
      expect([route, (await remove({ version: 1 }))[0]]).toEqual([route, route.endsWith('ces') ? 200 : 204]);
    }
  });

  it('answers questions about the past, be it empty or huge', async () => {
    const ask = async (query: string) => await viewer.get(`/api/alerts?${query}`);

    expect(rowsOf(await ask('from=0001-01-01T00:00:00Z&to=0001-01-02T00:00:00Z'))).toEqual([]);
    expect((await ask('from=0001-01-01T00:00:00Z&to=9999-12-31T00:00:00Z')).status).toBe(200);
    const inverted = await ask('from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z');
    expect(outcomeOf(inverted)).toEqual([400, 'ALERTING_INPUT_INVALID']);
    expect(inverted.body?.detail).toBe('from: must be before to.');
    expect((await ask('from=2026-01-02T00:00:00Z&state=pending')).status).toBe(400);
    const pathOf = async (route: string): Promise<string> =>
      `${route}/0${rowsOf(await viewer.get(route))[0]?.id}`;
    for (const route of ['/api/alert-rules', '/api/alert-receivers', '/api/slos', '/api/silences']) {
      expect(outcomeOf(await viewer.get(await pathOf(route)))).toEqual([404, 'ALERTING_NOT_FOUND']);
    }
    expect((await viewer.get('/api/alerts/history?from=0001-01-01T00:00:00Z')).status).toBe(200);
    const first = await viewer.get('/api/alert-rules?limit=1');
    const { nextCursor } = (first.body as unknown as { meta: { nextCursor: string } }).meta;
    const second = rowsOf(await viewer.get(`/api/alert-rules?limit=1&cursor=${nextCursor}`));
    expect(second[0]?.id).not.toBe(rowsOf(first)[0]?.id);
  });
});
