import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { type ApiAnswer, ApiClient, startApi } from '../support/api-client.js';
import { eventually } from '../support/eventually.js';
import type { ServerProcess } from '../support/server-process.js';
import { useTestDatabase } from '../support/test-database.js';

const EVENTS = '/api/metrics/events';
const GOOD = { scraperSource: 'kept', metricType: 'page_navigation', navigationDurationMs: 5, success: true };
const KEPT_EVENTS = 3;

const database = useTestDatabase({ isServed: true });
let server: ServerProcess;
let api: ApiClient;
let collector: ApiClient;
let stranger: ApiClient;

beforeAll(async () => {
  server = await startApi(database.url, { HTTP_EVENTS_BODY_MAX_BYTES: '2000000' });
  api = new ApiClient(server.url);
  collector = new ApiClient(server.url, await api.createKey('collector'));
  const { body } = await api.post('/api/tenants', { slug: 'stranger', name: 'Stranger' });
  stranger = new ApiClient(server.url, (body?.data as { adminKey: { key: string } }).adminKey.key);
  const { status } = await collector.post(EVENTS, { events: Array(KEPT_EVENTS).fill(GOOD) });
  expect(status).toBe(201);
});

/** Whatever came in: the server lives, says nothing of an unforeseen failure, and has what it accepted. */
afterEach(async () => {
  expect((await api.get('/readyz')).status).toBe(200);
  expect(await api.count('kept')).toBe(KEPT_EVENTS);
  expect(server.output).not.toContain('"level":"error"');
  expect(server.output).not.toContain('HTTP_INTERNAL');
});

afterAll(() => server.kill());

/** The answer is problem details of this status and code, and every issue names a field. */
function expectProblem(answer: ApiAnswer, status: number, code: string): void {
  expect({ status: answer.status, code: answer.body?.code }).toEqual({ status, code });
  expect(answer.headers.get('content-type')).toContain('application/problem+json');
  const type = `urn:plimsoll:error:${code}`;
  expect(answer.body).toMatchObject({ type, status, title: expect.any(String) });
}

/** Path of the first field that is wrong. */
function badPath({ body }: ApiAnswer): string | undefined {
  return body?.details?.issues?.[0]?.path;
}

/** An event with one field of raw JSON text, for what JSON.stringify cannot say. */
function eventWith(field: string, json: string): string {
  return JSON.stringify({ ...GOOD, scraperSource: 'bad', [field]: '@' }).replace('"@"', json);
}

describe('a bad field of an event', () => {
  it.each([
    ['navigationDurationMs', '-1'],
    ['navigationDurationMs', '-1e-9'],
    ['navigationDurationMs', '"NaN"'],
    ['navigationDurationMs', '"5"'],
    ['navigationDurationMs', '1e999'],
    ['navigationDurationMs', '1e13'],
    ['navigationDurationMs', 'true'],
    ['navigationDurationMs', '[5]'],
    ['scrapeDurationMs', '-5'],
    ['itemsExtracted', '-1'],
    ['itemsExtracted', '1.5'],
    ['itemsExtracted', '2147483648'],
    ['success', '"yes"'],
    ['success', 'null'],
    ['success', '1'],
    ['scraperSource', '""'],
    ['scraperSource', JSON.stringify('x'.repeat(10_240))],
    ['scraperSource', JSON.stringify('"; DROP TABLE tenants; --')],
    ['scraperSource', JSON.stringify("o'clock")],
    ['scraperSource', JSON.stringify('back\\slash')],
    ['scraperSource', JSON.stringify('two\nlines')],
    ['scraperSource', JSON.stringify('bell\u0007')],
    ['scraperSource', '"nul\\u0000"'],
    ['scraperSource', '"high\\ud800"'],
    ['scraperSource', '"\\udc00low"'],
    ['scraperSource', '"line\\u2028"'],
    ['scraperSource', '42'],
    ['scraperSource', 'null'],
    ['metricType', JSON.stringify('y'.repeat(10_240))],
    ['metricType', '" padded "'],
    ['metricType', '{}'],
    ['createdAt', '"yesterday"'],
    ['createdAt', '"2026-01-31"'],
    ['createdAt', '"2026-01-31T10:00:00"'],
    ['createdAt', '"2026-02-30T10:00:00Z"'],
    ['createdAt', '1700000000000'],
  ])('is refused with its path: %s = %s', async (field, json) => {
    const [single, batch, line] = await Promise.all([
      collector.post(EVENTS, eventWith(field, json)),
      collector.post(
        EVENTS,
        `{"events":[${JSON.stringify({ ...GOOD, scraperSource: 'bad' })},${eventWith(field, json)}]}`,
      ),
      collector.postLines(`${eventWith(field, json)}\n`),
    ]);

    expectProblem(single, 400, 'HTTP_INPUT_INVALID');
    expectProblem(batch, 400, 'HTTP_INPUT_INVALID');
    expectProblem(line, 400, 'COLLECTORS_EVENT_INVALID');
    expect(badPath(single)).toBe(field);
    expect(badPath(batch)).toBe(`events.1.${field}`);
    expect(badPath(line)).toBe(field);
    expect(await api.count('bad')).toBe(0);
  });

  it.each(['2097-01-01T00:00:00Z', '1970-01-01T00:00:00Z', '0001-01-01T00:00:00Z', '9999-12-31T23:59:59Z'])(
    'is refused when the time is %s',
    async (createdAt) => {
      const event = { ...GOOD, scraperSource: 'bad', createdAt };

      const single = await collector.post(EVENTS, event);
      const batch = await collector.post(EVENTS, { events: [{ ...GOOD, scraperSource: 'bad' }, event] });

      expectProblem(single, 400, 'COLLECTORS_EVENT_INVALID');
      expectProblem(batch, 400, 'COLLECTORS_EVENT_INVALID');
      expect(badPath(batch)).toBe('events.1.createdAt');
      expect(await api.count('bad')).toBe(0);
    },
  );

  it('is refused when the body is no UTF-8', async () => {
    const body = Buffer.from(eventWith('scraperSource', '"caf\u00e9"'), 'latin1');
    const headers = { 'Content-Type': 'application/json' };
    expectProblem(
      await collector.send(EVENTS, { method: 'POST', headers, body }),
      400,
      'HTTP_BODY_MALFORMED',
    );
  });

  it.each([
    ['NaN', '{"scraperSource":"bad","metricType":"t","scrapeDurationMs":NaN,"success":true}'],
    ['Infinity', '{"scraperSource":"bad","metricType":"t","scrapeDurationMs":-Infinity,"success":true}'],
    ['a cut', '{"scraperSource":"bad","metricType":"t"'],
    ['two values', '{} {}'],
    ['blanks', '   '],
    ['__proto__', '{"__proto__":{"success":true},"scraperSource":"bad","metricType":"t"}'],
  ])('is refused when the body is no JSON: %s', async (_name, body) => {
    expectProblem(await collector.post(EVENTS, body), 400, 'HTTP_BODY_MALFORMED');
  });
});

describe('a bad body', () => {
  it.each([
    ['null', 'null'],
    ['an array', '[]'],
    ['an array of events', JSON.stringify([GOOD])],
    ['text', '"event"'],
    ['a number', '7'],
    ['an empty object', '{}'],
    ['events that are no array', '{"events":{}}'],
    ['events of null', '{"events":[null]}'],
    ['events that are null', '{"events":null}'],
    ['an unknown field', JSON.stringify({ ...GOOD, extra: 1 })],
    ['an unknown field beside events', JSON.stringify({ events: [], extra: 1 })],
  ])('is refused: %s', async (_name, body) => {
    const answer = await collector.post(EVENTS, body);

    expectProblem(answer, 400, 'HTTP_INPUT_INVALID');
    expect(await api.count('bad')).toBe(0);
  });

  it.each([
    ['around it', '['.repeat(50_000) + ']'.repeat(50_000)],
    ['in a field', eventWith('metricType', '{"a":'.repeat(20_000) + '1' + '}'.repeat(20_000))],
  ])('is refused when it nests too deep: %s', async (_name, body) => {
    expectProblem(await collector.post(EVENTS, body), 400, 'HTTP_BODY_MALFORMED');
  });

  it.each([
    ['__proto__', '"__proto__":{"polluted":1}'],
    ['constructor', '"constructor":{"prototype":{"polluted":1}}'],
  ])('changes nothing by a key that means something to JavaScript: %s', async (name, field) => {
    const event = JSON.stringify({ ...GOOD, scraperSource: `key ${name}` }).replace('}', `,${field}}`);

    const answers = [
      await collector.post(EVENTS, event),
      await collector.post(EVENTS, `{"events":[${event}]}`),
      await collector.postLines(event),
      await api.get('/api/metrics/stats?__proto__=1'),
    ];

    const stored = answers.slice(0, 3).filter(({ status }) => status === 201).length;
    expect(answers.every(({ status }) => [200, 201, 400].includes(status))).toBe(true);
    expect(await api.count(`key ${name}`)).toBe(stored);
    expect(answers.some(({ text }) => text.includes('polluted'))).toBe(false);
  });

  it('is refused when it is empty', async () => {
    expectProblem(await collector.post(EVENTS, ''), 400, 'HTTP_INPUT_INVALID');
  });

  it('is refused with 10,001 events, and taken with 10,000', async () => {
    const events = (count: number) => ({ events: Array(count).fill({ ...GOOD, scraperSource: 'many' }) });

    expectProblem(await collector.post(EVENTS, events(10_001)), 400, 'HTTP_INPUT_INVALID');
    expect(await api.count('many')).toBe(0);
    expect(await collector.post(EVENTS, events(10_000))).toMatchObject({ status: 201 });
    expect(await api.count('many')).toBe(10_000);
  });

  it('is refused above the limit, declared or not', async () => {
    const huge = JSON.stringify({ events: [], padding: 'x'.repeat(2_000_001) });
    const undeclared = new Response(huge).body;

    const answers = [
      await collector.post(EVENTS, huge),
      await collector.send(EVENTS, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: undeclared,
        ...{ duplex: 'half' },
      }),
    ];

    for (const answer of answers) expectProblem(answer, 413, 'HTTP_BODY_TOO_LARGE');
  });

  it('is refused above the limit after decompression', async () => {
    const body = gzipSync(JSON.stringify({ events: [], padding: 'x'.repeat(50_000_000) }));
    const headers = { 'Content-Type': 'application/json', 'Content-Encoding': 'gzip' };

    expectProblem(
      await collector.send(EVENTS, { method: 'POST', headers, body }),
      413,
      'HTTP_BODY_TOO_LARGE',
    );
  });

  it('is taken with gzip, and refused when the gzip is broken or unknown', async () => {
    const body = gzipSync(JSON.stringify({ ...GOOD, scraperSource: 'zipped' }));
    const send = (bytes: Uint8Array<ArrayBuffer>, encoding: string) =>
      collector.send(EVENTS, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', 'Content-Encoding': encoding },
        body: bytes,
      });

    expect((await send(body, 'gzip')).status).toBe(201);
    expectProblem(await send(body.subarray(0, 30), 'gzip'), 400, 'HTTP_BODY_MALFORMED');
    expectProblem(await send(body, 'zstd-x'), 415, 'HTTP_ENCODING_UNSUPPORTED');
    expect(await api.count('zipped')).toBe(1);
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'nonsense'])(
    'is refused with the content type %s',
    async (type) => {
      const answer = await collector.post(EVENTS, GOOD, { 'Content-Type': type });

      expectProblem(answer, 415, 'HTTP_MEDIA_TYPE_UNSUPPORTED');
    },
  );
});

describe('a bad NDJSON stream', () => {
  const line = (source: string): string => `${JSON.stringify({ ...GOOD, scraperSource: source })}\n`;

  it('keeps what came before a cut line, and says which line it was', async () => {
    const answer = await collector.postLines(line('cut-line').repeat(2_500) + line('cut-line').slice(0, 40));

    expectProblem(answer, 400, 'COLLECTORS_EVENT_INVALID');
    expect(answer.body?.details).toMatchObject({ line: 2_501, accepted: 2_500 });
    expect(await api.count('cut-line')).toBe(2_500);
  });

  it('keeps what came before the connection was cut', async () => {
    const stream = collector.openStream();
    await stream.write(line('cut-connection').repeat(1_500) + line('cut-connection').slice(0, 40));
    await eventually(async () => expect(await api.count('cut-connection')).toBe(1_500));

    stream.cut();

    expect(await api.count('cut-connection')).toBe(1_500);
  });

  it.each([
    ['a line without an end', '{"a":"'.padEnd(200_000, 'x')],
    ['bytes that are not UTF-8', '\ufffd'],
    ['an array line', '[]\n'],
    ['a null line', 'null\n'],
    ['a nested line', `${'['.repeat(30_000)}${']'.repeat(30_000)}\n`],
  ])('is refused after what came before: %s', async (name, tail) => {
    const source = `tail ${name}`;
    const bytes = Buffer.concat([
      Buffer.from(line(source)),
      tail === '\ufffd' ? Buffer.from([0xff, 0xfe, 0x0a]) : Buffer.from(tail),
    ]);

    const headers = { 'Content-Type': 'application/x-ndjson' };
    const answer = await collector.send(EVENTS, { method: 'POST', headers, body: bytes });

    expectProblem(answer, 400, 'COLLECTORS_EVENT_INVALID');
    expect(answer.body?.details?.accepted).toBe(1);
    expect(await api.count(source)).toBe(1);
  });

  it('may hold blank lines, CRLF ends, and nothing at all', async () => {
    const text = `\r\n${line('blank').trim()}\r\n\n${line('blank')}`;

    expect(await collector.postLines(text)).toMatchObject({ status: 201 });
    expect(await collector.postLines('\n')).toMatchObject({ status: 201 });
    expect(await api.count('blank')).toBe(2);
  });
});

describe('Idempotency-Key', () => {
  const body = { ...GOOD, scraperSource: 'once' };

  it('stores a repeated body once and answers the same', async () => {
    const first = await collector.post(EVENTS, body, { 'Idempotency-Key': 'a' });
    const again = await collector.post(EVENTS, body, { 'Idempotency-Key': 'a' });

    expect([first.status, again.status, again.text]).toEqual([201, 201, first.text]);
    expect([first, again].map(({ headers }) => headers.get('idempotent-replayed'))).toEqual([null, 'true']);
    expect(await api.count('once')).toBe(1);
  });

  it('refuses another body', async () => {
    const [one, two] = [GOOD, { ...GOOD, success: false }].map((event) => ({
      ...event,
      scraperSource: 'conflict',
    }));
    await collector.post(EVENTS, one, { 'Idempotency-Key': 'b' });

    const others = [
      await collector.post(EVENTS, two, { 'Idempotency-Key': 'b' }),
      await collector.postLines(`${JSON.stringify(two)}\n`, { 'Idempotency-Key': 'b' }),
    ];

    for (const other of others) expectProblem(other, 409, 'COLLECTORS_IDEMPOTENCY_KEY_REUSED');
    expect(await api.count('conflict')).toBe(1);
  });

  it('stores once what is sent twenty times at once', async () => {
    const event = { ...GOOD, scraperSource: 'race' };

    const answers = await Promise.all(
      Array.from({ length: 20 }, () => collector.post(EVENTS, event, { 'Idempotency-Key': 'race' })),
    );

    expect(answers.filter(({ status }) => status === 201 || status === 409)).toHaveLength(20);
    expect(await api.count('race')).toBe(1);
  });

  it('belongs to a tenant', async () => {
    const event = { ...GOOD, scraperSource: 'shared-key' };

    await collector.post(EVENTS, event, { 'Idempotency-Key': 'c' });
    const other = await stranger.post(EVENTS, event, { 'Idempotency-Key': 'c' });

    expect(other.headers.get('idempotent-replayed')).toBeNull();
    expect([await api.count('shared-key'), await stranger.count('shared-key')]).toEqual([1, 1]);
  });

  it.each([
    ['too long', 'k'.repeat(256)],
    ['empty', ''],
    ['not ASCII', 'schl\u00fcssel'],
  ])('is refused when it is %s', async (_name, key) => {
    const answer = await collector.post(EVENTS, GOOD, { 'Idempotency-Key': key });

    expectProblem(answer, 400, 'HTTP_INPUT_INVALID');
    expect(badPath(answer)).toBe('Idempotency-Key');
  });
});

describe('a bad key', () => {
  it('is asked for', async () => {
    const nobody = new ApiClient(server.url, undefined);
    const none = await nobody.send(EVENTS, { method: 'POST', headers: { Authorization: '' } });

    expectProblem(none, 401, 'TENANCY_KEY_MISSING');
    expect(none.headers.get('www-authenticate')).toContain('Bearer');
  });

  it.each([
    'plim_root_wrong',
    `plim_root_${'x'.repeat(50)}`,
    `plim_${'y'.repeat(5_000)}_z`,
    "plim_'--_x",
    'nothing',
  ])('is refused: %s', async (key) => {
    expectProblem(await new ApiClient(server.url, key).post(EVENTS, GOOD), 401, 'TENANCY_KEY_INVALID');
  });

  it('of another tenant sees nothing', async () => {
    const stats = await stranger.get('/api/metrics/stats?timeWindow=30d');
    const series = await stranger.get('/api/metrics/timeseries?timeWindow=1d&scraper=kept');

    expect(JSON.stringify(stats.body?.data)).not.toContain('kept');
    expect((series.body?.data as { count: number }[]).every(({ count }) => count === 0)).toBe(true);
    expect(await stranger.count('kept')).toBe(0);
  });

  it('of a collector reads nothing', async () => {
    expectProblem(await collector.get('/api/metrics/stats'), 403, 'TENANCY_ROLE_TOO_LOW');
  });
});

describe('a bad question', () => {
  it.each([
    ['scraper=a&scraper=b', 'scraper'],
    ['scraper[]=a', ''],
    ['scraper=', 'scraper'],
    ['scraper=%00', 'scraper'],
    [`scraper=${'x'.repeat(5_000)}`, 'scraper'],
    ['unknown=1', ''],
    ['timeWindow=2d', 'timeWindow'],
    ['timeWindow=1d&timeWindow=7d', 'timeWindow'],
    ['timeWindow=1d&from=2026-01-01T00:00:00Z', 'timeWindow'],
    ['to=2026-01-01T00:00:00Z', 'from'],
    ['from=yesterday', 'from'],
    ['from=2026-01-01', 'from'],
  ])('is refused: %s', async (query, path) => {
    const answer = await api.get(`/api/metrics/stats?${query}`);

    expectProblem(answer, 400, 'HTTP_INPUT_INVALID');
    expect(badPath(answer)).toBe(path);
  });

  it.each([
    'from=2026-02-01T00:00:00Z&to=2026-01-01T00:00:00Z',
    'from=2026-01-01T00:00:00Z&to=2026-01-01T00:00:00Z',
    'from=0001-01-01T00:00:00Z&to=9999-12-31T23:59:59Z',
  ])('is refused for its window: %s', async (query) => {
    expectProblem(await api.get(`/api/metrics/stats?${query}`), 400, 'COLLECTORS_WINDOW_INVALID');
  });

  it('is refused for its granularity', async () => {
    expectProblem(await api.get('/api/metrics/timeseries?granularity=1s'), 400, 'HTTP_INPUT_INVALID');
    const from = new Date(Date.now() - 80 * 86_400_000).toISOString();
    const fine = await api.get(`/api/metrics/timeseries?granularity=5m&from=${from}`);
    expectProblem(fine, 400, 'COLLECTORS_WINDOW_INVALID');
  });

  it.each(['/api/metrics/%E0%A4%A', '/%', '/api/keys/%ff'])('is refused for its path: %s', async (path) => {
    expectProblem(await rawRequest(`GET ${path} HTTP/1.1`), 400, 'HTTP_PATH_MALFORMED');
  });

  it('is answered when the query has a bad percent escape', async () => {
    const answer = await rawRequest('GET /api/metrics/stats?scraper=%E0%A4%A HTTP/1.1');

    expect([200, 400]).toContain(answer.status);
  });

  it.each(['PUT', 'DELETE', 'PATCH', 'OPTIONS', 'HEAD', 'GET'])(
    'is refused for its method: %s',
    async (method) => {
      const answer = await api.send(EVENTS, { method });

      expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'POST']);
      if (method !== 'HEAD') expect(answer.body?.code).toBe('HTTP_METHOD_NOT_ALLOWED');
    },
  );

  it('is answered without a body for HEAD', async () => {
    expect(await api.send('/api/metrics/stats', { method: 'HEAD' })).toMatchObject({ status: 200, text: '' });
  });

  it('is refused for a huge header and for garbage', async () => {
    const huge = await rawRequest(`GET /livez HTTP/1.1\r\nX-Huge: ${'x'.repeat(100_000)}`);
    const garbage = await rawRequest('\u0001\u0002 not http');

    expect([huge.status, garbage.status]).toEqual([431, 400]);
  });
});

/** Sends bytes that no HTTP client would, with the admin key, and reads the answer to the end. */
async function rawRequest(head: string): Promise<ApiAnswer> {
  const { hostname, port } = new URL(server.url);
  const socket = connect(Number(port), hostname);
  let text = '';
  socket.on('data', (chunk) => (text += chunk.toString()));
  // The server may close while the request is still being written.
  socket.on('error', () => undefined);
  socket.write(
    `${head}\r\nHost: ${hostname}\r\nConnection: close\r\nAuthorization: ${api.authorization}\r\n\r\n`,
  );
  await new Promise((resolve) => socket.once('close', resolve));
  const [start = '', ...rest] = text.split('\r\n\r\n');
  const [statusLine = '', ...fields] = start.split('\r\n');
  const headers = new Headers(fields.map((field) => field.split(': ', 2) as [string, string]));
  const answer = new Response(rest.join('\r\n\r\n'));
  const body = await answer.text();
  return {
    status: Number(statusLine.split(' ')[1]),
    headers,
    text: body,
    body: body.startsWith('{') ? (JSON.parse(body) as NonNullable<ApiAnswer['body']>) : undefined,
  };
}
