import { once } from 'node:events';
import { connect } from 'node:net';
import { type IncomingMessage, request as httpRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import type { NestExpressApplication } from '@nestjs/platform-express';
import request from 'supertest';
import { mountApiDocs } from '../../../src/platform/http/api-docs.js';
import { KnownKeys } from '../../../src/platform/http/index.js';
import { MetricRegistry } from '../../../src/platform/telemetry/index.js';
import { eventually } from '../../support/eventually.js';
import { type SampleApp, startSampleApp, STRANGER } from './test-app.js';

/** The document of an application whose modules cannot be walked: every attempt fails with its number. */
function brokenDocs() {
  const handlers = new Map<string, (request: unknown, response: unknown) => Promise<void>>();
  const server = {
    get: (path: string, handler: (request: unknown, response: unknown) => Promise<void>) =>
      void handlers.set(path, handler),
    use: () => undefined,
  };
  let attempts = 0;
  const app = {
    getHttpAdapter: () => ({ getInstance: () => server }),
    get container(): never {
      throw new TypeError(`attempt ${(attempts += 1)}`);
    },
  };
  mountApiDocs(app as unknown as NestExpressApplication);
  return { ask: () => handlers.get('/docs/openapi.json')?.({}, { type: () => ({}) }) };
}

describe('HTTP platform', () => {
  let sample: SampleApp;
  let server: Server;

  beforeAll(async () => {
    sample = await startSampleApp({ requestTimeoutMs: 300 });
    server = sample.app.getHttpServer();
  });

  afterAll(() => sample.app.close());

  /** Sends raw bytes and gives everything that came back until the connection closed. */
  async function raw(text: string): Promise<string> {
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    socket.write(text);
    let answer = '';
    socket.on('data', (chunk) => (answer += chunk.toString()));
    await once(socket, 'close');
    return answer;
  }

  describe('bodies', () => {
    it('reads JSON, plain and compressed, and answers in the envelope', async () => {
      const plain = await request(server).post('/api/echo').send({ a: 1 });
      const packed = await request(server)
        .post('/api/echo')
        .set({ 'Content-Type': 'application/json', 'Content-Encoding': 'gzip' })
        .serialize((body) => body as string)
        .send(gzipSync('{"a":2}') as unknown as string);

      expect(plain.body).toEqual({ success: true, data: { body: { a: 1 }, keys: ['a'] } });
      expect(packed.body).toMatchObject({ data: { body: { a: 2 } } });
    });

    it.each([
      ['unfinished JSON', '{"a":', 'application/json', 400, 'HTTP_BODY_MALFORMED'],
      ['NaN', '{"a": NaN}', 'application/json', 400, 'HTTP_BODY_MALFORMED'],
      ['a body over the limit', `"${'x'.repeat(2_000)}"`, 'application/json', 413, 'HTTP_BODY_TOO_LARGE'],
      ['a form', 'a=1', 'application/x-www-form-urlencoded', 415, 'HTTP_MEDIA_TYPE_UNSUPPORTED'],
      ['plain text', '{}', 'text/plain', 415, 'HTTP_MEDIA_TYPE_UNSUPPORTED'],
      ['an unknown charset', '{}', 'application/json; charset=latin-9', 415, 'HTTP_ENCODING_UNSUPPORTED'],
    ])('refuses %s', async (_what, body, type, status, code) => {
      const answer = await request(server).post('/api/echo').set('Content-Type', type).send(body);

      expect(answer.status).toBe(status);
      expect(answer.headers['content-type']).toContain('application/problem+json');
      expect(answer.body).toMatchObject({ status, code, instance: '/api/echo' });
    });

    it.each([
      ['application/json', 'zstd', 415, 'HTTP_ENCODING_UNSUPPORTED'],
      ['application/json', 'gzip', 400, 'HTTP_BODY_MALFORMED'],
      ['application/x-ndjson', 'gzip', 415, 'HTTP_ENCODING_UNSUPPORTED'],
    ])('refuses %s that says it is %s and is not', async (type, encoding, status, code) => {
      const answer = await request(server)
        .post('/api/echo')
        .set({ 'Content-Type': type, 'Content-Encoding': encoding })
        .send('{}');

      expect(answer.body).toMatchObject({ status, code });
    });

    it('refuses a chunked body that is longer than it may be', async () => {
      const chunk = 'x'.repeat(1_500);
      const answer = await raw(
        'POST /api/echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n' +
          `Transfer-Encoding: chunked\r\n\r\n5dc\r\n${chunk}\r\n5dc\r\n${chunk}\r\n0\r\n\r\n`,
      );

      expect(answer).toContain('413 Payload Too Large');
    });

    it('takes more on a route with a limit of its own', async () => {
      const events = Array.from({ length: 50 }, () => ({ name: 'x'.repeat(100), durationMs: 1 }));

      const answer = await request(server).post('/api/events').send({ events });

      expect(answer.body).toEqual({ success: true, data: { count: 50 } });
    });

    it('leaves NDJSON unread for its handler, without a limit', async () => {
      const lines = '{"a":1}\n'.repeat(5_000);

      const answer = await request(server)
        .post('/api/stream')
        .set('Content-Type', 'application/x-ndjson')
        .send(lines);

      expect(answer.body).toMatchObject({ data: { isStream: true, bytes: lines.length } });
    });

    it('gives up on a body that does not arrive, and closes the connection', async () => {
      const answer = await raw(
        'POST /api/echo HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"a":',
      );

      expect(answer).toContain('408 Request Timeout');
      expect(answer).toContain('HTTP_BODY_TIMEOUT');
      expect(answer).toContain('Connection: close');
    });

    it('leaves the body of a sender without a genuine key unread, whatever it is', async () => {
      const ask = (headers: Record<string, string>, body: string | Buffer) =>
        request(server)
          .post('/api/echo')
          .set({ Authorization: STRANGER, ...headers })
          .serialize((value) => value as string)
          .send(body as string);
      const json = { 'Content-Type': 'application/json' };

      const answers = [
        await ask(json, '{"a":'),
        await ask(json, `"${'x'.repeat(100_000)}"`),
        await ask({ ...json, 'Content-Encoding': 'gzip' }, gzipSync('[]')),
        await ask({ 'Content-Type': 'text/plain' }, 'text'),
      ];

      expect(answers.map(({ status, body }) => [status, body as unknown])).toEqual(
        answers.map(() => [201, { success: true, data: { keys: [] } }]),
      );
    });

    it('takes 64 levels of nesting and refuses more, without counting brackets in text', async () => {
      const nested = (levels: number) => `${'[{"a":'.repeat(levels / 2)}"[[\\"{{"${'}]'.repeat(levels / 2)}`;
      const post = (text: string) =>
        request(server).post('/api/echo').set('Content-Type', 'application/json').send(text);

      expect((await post(nested(64))).status).toBe(201);
      expect((await post(nested(66))).body).toMatchObject({ status: 400, code: 'HTTP_BODY_MALFORMED' });
      expect((await post(JSON.stringify('['.repeat(100)))).status).toBe(201);
    });

    it('answers 503 while bodies under way fill the memory for bodies, and takes more afterwards', async () => {
      const events = Array.from({ length: 50 }, () => ({ name: 'x'.repeat(350), durationMs: 1 }));
      const post = () => request(server).post('/api/events').send({ events });
      const head = 'POST /api/events HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n';
      const unfinished = `${head}Content-Length: 20000\r\n\r\n${' '.repeat(19_990)}`;

      const held = Array.from({ length: 8 }, () => raw(unfinished));
      const refused = await eventually(async () => {
        const answer = await post();
        expect(answer.status).toBe(503);
        return answer;
      });
      await Promise.all(held);

      expect(refused.body).toMatchObject({ code: 'HTTP_BODIES_BUSY' });
      expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
      expect((await post()).status).toBe(201);
    });

    it('keeps prototype keys from reaching any prototype', async () => {
      const text = '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}';

      for (const path of ['/api/echo', '/api/events']) {
        const answer = await request(server).post(path).set('Content-Type', 'application/json').send(text);
        expect(answer).toMatchObject({ status: 400, body: { code: 'HTTP_BODY_MALFORMED' } });
      }

      expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    });
  });

  describe('connections', () => {
    const connections = (): Promise<number> =>
      new Promise((resolve, reject) => {
        server.getConnections((error, count) => {
          if (error) reject(error);
          else resolve(count);
        });
      });

    it('cuts a client that does not read its answer', async () => {
      const before = await connections();
      const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
      socket.on('error', () => undefined).pause();
      socket.write('GET /api/huge HTTP/1.1\r\nHost: x\r\nx-no-compression: 1\r\n\r\n');
      await eventually(async () => expect(await connections()).toBe(before + 1));

      await eventually(async () => expect(await connections()).toBe(before));

      socket.destroy();
    });

    it('leaves a request alone that is worked on for longer than the bound', async () => {
      const answer = await request(server).get('/api/slow?waitMs=700');

      expect(answer.body).toEqual({ success: true, data: { isDone: true } });
    });

    it('leaves a stream alone whose pauses are shorter than the bound', async () => {
      const stream = httpRequest({
        port: (server.address() as AddressInfo).port,
        path: '/api/stream',
        method: 'POST',
        headers: { 'Content-Type': 'application/x-ndjson' },
      });
      for (let line = 0; line < 5; line += 1) {
        stream.write('{}\n');
        await request(server).get('/api/slow?waitMs=200');
      }
      stream.end();

      const [answer] = (await once(stream, 'response')) as [IncomingMessage];
      expect(answer.statusCode).toBe(201);
      answer.resume();
    });
  });

  describe('validation', () => {
    it('names the path of every wrong field', async () => {
      const events = [
        { name: 'a', durationMs: 1 },
        { name: '', durationMs: -1 },
      ];

      const { body } = await request(server).post('/api/events').send({ events }).expect(400);

      expect(body).toMatchObject({
        code: 'HTTP_INPUT_INVALID',
        detail: expect.stringContaining('"events.1.name"') as string,
        details: { issueCount: 2, issues: [{ path: 'events.1.name' }, { path: 'events.1.durationMs' }] },
      });
    });

    it('shows at most 20 issues with bounded texts', async () => {
      const events = Array.from({ length: 30 }, () => ({ name: 'a', durationMs: 'x', ['k'.repeat(300)]: 1 }));

      const { body } = await request(server).post('/api/events').send({ events }).expect(400);

      const { issues } = (body as { details: { issues: { message: string }[] } }).details;
      expect(issues).toHaveLength(20);
      expect(Math.max(...issues.map(({ message }) => message.length))).toBeLessThanOrEqual(200);
    });

    it('validates and converts the query', async () => {
      const good = await request(server).get('/api/filter?limit=7');
      const bad = await request(server).get('/api/filter?limit=70');

      expect(good.body).toEqual({ success: true, data: { limit: 7 } });
      expect(bad.body).toMatchObject({
        code: 'HTTP_INPUT_INVALID',
        details: { issues: [{ path: 'limit' }] },
      });
    });

    it('refuses a missing body where one is needed', async () => {
      const { body } = await request(server).post('/api/events').expect(400);

      expect(body).toMatchObject({ code: 'HTTP_INPUT_INVALID' });
    });
  });

  describe('errors', () => {
    it.each([
      ['invalid', 400],
      ['unauthenticated', 401],
      ['forbidden', 403],
      ['outdated', 412],
      ['not_found', 404],
      ['conflict', 409],
      ['limited', 429],
      ['unavailable', 503],
      ['internal', 500],
    ])('answers %s with %i', async (kind, status) => {
      const { headers, body } = await request(server).get(`/api/fail/${kind}`).expect(status);

      expect(body).toMatchObject({ type: 'urn:plimsoll:error:SAMPLE_FAILED', code: 'SAMPLE_FAILED', status });
      expect(body).toMatchObject({ requestId: headers['x-request-id'] });
      expect(JSON.stringify(body)).not.toContain('hidden');
      expect(headers['www-authenticate']).toBe(status === 401 ? 'Bearer realm="plimsoll"' : undefined);
      expect(headers['retry-after']).toBe([429, 503].includes(status) ? '2' : undefined);
    });

    it('hides what was not foreseen, and logs it', async () => {
      const { body } = await request(server).get('/api/crash').expect(500);

      expect(JSON.stringify(body)).not.toContain('hidden');
      expect(body).toMatchObject({ code: 'HTTP_INTERNAL' });
      expect(sample.logger.lines).toContainEqual(
        expect.objectContaining({ level: 'error', message: 'A request failed' }),
      );
    });

    it('cuts the connection when half of the answer is out', async () => {
      await expect(request(server).get('/api/half')).rejects.toThrow();
    });

    it('tells an unknown path from a wrong method', async () => {
      const unknown = await request(server).get('/api/nothing?token=secret').expect(404);
      const wrong = await request(server).delete('/api/echo').expect(405);

      expect(unknown.body).toMatchObject({ code: 'HTTP_ROUTE_NOT_FOUND', instance: '/api/nothing' });
      expect(wrong.body).toMatchObject({ code: 'HTTP_METHOD_NOT_ALLOWED', details: { allowed: ['POST'] } });
      expect(wrong.headers['allow']).toBe('POST');
    });

    it.each(['/api/items/%E0%A4%A', '/%', '/api/items/%ff'])(
      'answers 400 to the broken escape in %s',
      async (path) => {
        const answer = await raw(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);

        expect(answer).toContain('400 Bad Request');
        expect(answer).toContain('HTTP_PATH_MALFORMED');
      },
    );
  });

  describe('headers', () => {
    it('keeps a sane request id and replaces any other', async () => {
      const kept = await request(server).get('/api/items/1').set('X-Request-Id', 'abc-1');
      const replaced = await request(server).get('/api/items/1').set('X-Request-Id', 'a b"c');

      expect(kept.headers['x-request-id']).toBe('abc-1');
      expect(replaced.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
    });

    it('secures the page without forcing HTTPS', async () => {
      const { headers } = await request(server).get('/api/items/1');

      expect(headers['content-security-policy']).not.toContain('upgrade-insecure-requests');
      expect(headers['strict-transport-security']).toBeUndefined();
      expect(headers['x-content-type-options']).toBe('nosniff');
      expect(headers['x-powered-by']).toBeUndefined();
    });

    it('compresses long answers unless the caller opts out; leaves short ones and events alone', async () => {
      const get = (path: string, headers = {}) =>
        request(server)
          .get(path)
          .set({ 'Accept-Encoding': 'gzip, br', ...headers });

      expect((await get('/api/large')).headers['content-encoding']).toBe('br');
      expect((await get('/api/large', { 'Accept-Encoding': 'gzip' })).headers['content-encoding']).toBe(
        'gzip',
      );
      expect(
        (await get('/api/large', { 'x-no-compression': '0' })).headers['content-encoding'],
      ).toBeUndefined();
      expect((await get('/api/items/1')).headers['content-encoding']).toBeUndefined();
      expect((await get('/api/sse')).headers['content-encoding']).toBeUndefined();
    });
  });

  it('measures requests by route pattern', async () => {
    await request(server).get('/api/items/41');
    await request(server).get('/api/items/42');
    await request(server).get('/made/up/by/client');

    const [metric] = sample.app.get(MetricRegistry).distributions();
    const routes = metric?.samples().map(({ labels }) => labels['route']);
    expect(routes).toEqual(expect.arrayContaining(['/api/items/:id', 'unmatched']));
    expect(routes?.join()).not.toMatch(/41|42|made/);
  });

  it('builds the OpenAPI document anew after it could not be built', async () => {
    const { ask } = brokenDocs();

    await expect(ask()).rejects.toThrow('attempt 1');
    await expect(ask()).rejects.toThrow('attempt 2');
  });

  it('serves the OpenAPI document with schemas of bodies and queries, and its page', async () => {
    const { body } = await request(server).get('/docs/openapi.json').expect(200);
    const page = await request(server).get('/docs').expect(200);
    await request(server).get('/docs/assets/swagger-ui.css').expect(200);

    expect(body).toMatchObject({ openapi: '3.1.0' });
    expect(JSON.stringify(body)).toContain('durationMs');
    expect(JSON.stringify(body)).toContain('"limit"');
    expect(page.text).toContain('swagger-ui');
  });

  it('serves the pages of docs/ as text, and nothing beside them', async () => {
    const { text, type } = await request(server).get('/docs/runbooks/memory-high.md').expect(200);

    expect([type, text]).toEqual(['text/plain', expect.stringMatching(/^# /)]);
    for (const path of ['/docs/runbooks/none.md', '/docs/runbooks', '/docs/%2e%2e/package.json']) {
      await request(server).get(path).expect(404);
    }
  });
});

describe('rate limit', () => {
  const KEY = 'Bearer plim_a_0123456789abcdef0123456789abcdef';

  async function limited(): Promise<SampleApp & { get: (path: string, key?: string) => request.Test }> {
    const sample = await startSampleApp({ rateLimitPerMinute: 3 });
    const server = sample.app.getHttpServer();
    return {
      ...sample,
      get: (path, key) =>
        request(server)
          .get(path)
          .set(key === undefined ? {} : { Authorization: key }),
    };
  }

  it('refuses the request after the limit and says when to come back', async () => {
    const { app, get } = await limited();
    const first = await get('/api/items/1');
    await get('/api/items/1');
    await get('/api/items/1');

    const refused = await get('/api/items/1').expect(429);

    expect(first.headers['ratelimit']).toMatch(/r=2; t=60/);
    expect(first.headers['ratelimit-policy']).toMatch(/q=3; w=60/);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(50);
    expect(refused.body).toMatchObject({ code: 'HTTP_RATE_LIMITED', details: { limitPerMinute: 3 } });
    await app.close();
  });

  it('counts made-up keys by address, and proven keys on their own', async () => {
    const { app, get } = await limited();
    for (const id of ['x', 'y', 'z']) await get('/api/items/1', KEY.replace('_a_', `_${id}_`)).expect(200);
    app.get(KnownKeys).remember(KEY, 'a');

    await get('/api/items/1', KEY.replace('_a_', '_w_')).expect(429);
    await get('/api/items/1', KEY).expect(200);
    await get('/api/items/1', `${KEY}wrong`).expect(429);

    await app.close();
  });

  it('counts the request that proved a key with that key', async () => {
    const { app, get } = await limited();
    const first = get('/api/items/1', KEY).expect(200);
    app.get(KnownKeys).forget(KEY);
    // As the guard does once it knows the key.
    app.getHttpServer().once('request', () => app.get(KnownKeys).remember(KEY, 'a'));
    await first;

    const second = await get('/api/items/1', KEY).expect(200);

    expect(second.headers['ratelimit']).toMatch(/r=1;/);
    await app.close();
  });

  it('never refuses probes', async () => {
    const { app, get } = await limited();
    for (let count = 0; count < 5; count += 1) await get('/livez').expect(404);

    await app.close();
  });
});
