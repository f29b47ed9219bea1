import type { IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { SessionOpener } from '../../../src/realtime/sessions/session-opener.js';
import { eventually } from '../../support/eventually.js';
import { type TestClient, TestGateway } from '../../support/gateway.js';
import { useTestDatabase } from '../../support/test-database.js';

const UNKNOWN_KEY = `plim_nobody_${'x'.repeat(40)}`;

/** What is answered to raw bytes until the server closes the connection, or has said all that is waited for. */
function exchange(port: number, bytes: string, until: RegExp): Promise<string> {
  let answer = '';
  const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
  socket.on('data', (chunk: Buffer) => (answer += chunk.toString()));
  return eventually(() => {
    if (!until.test(answer)) throw new Error(`answered so far: ${answer}`);
    socket.destroy();
    return answer;
  });
}

async function refusal(client: TestClient): Promise<{ status: number; code: unknown }> {
  const { status, body } = await eventually(() => {
    if (client.refused === undefined) throw new Error('not refused yet');
    return client.refused;
  });
  return { status, code: (JSON.parse(body) as { code: unknown }).code };
}

describe('the way to an open WebSocket', () => {
  const database = useTestDatabase({ isServed: true });
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await TestGateway.start(database, { WEBSOCKET_MAX_CONNECTIONS_PER_USER: '3' });
  });
  afterAll(() => gateway.stop());

  it('welcomes a client with a key, and answers the two messages of the specification', async () => {
    const admin = await gateway.newTenant();
    const client = gateway.client(admin.key);

    const welcome = await client.next('welcome');
    client.send('{"type":"subscribe","source":"robinhood"}');
    const subscribed = await client.next('subscribed');
    client.send('{"type":"ping"}');

    expect(client.told).toEqual([]);
    expect(welcome).toMatchObject({ protocol: 1, tenantId: admin.tenantId, role: 'admin' });
    expect(subscribed).toMatchObject({ target: { source: 'robinhood' } });
    expect(await client.next('pong')).toEqual({ type: 'pong' });
  });

  it('takes the key of a page from the subprotocol, and repeats it to nobody', async () => {
    const { key } = await gateway.newTenant();

    const client = gateway.client(undefined, {}, ['plimsoll.v1', `bearer.${key}`]);

    await client.next('welcome');
    expect(client.socket.protocol).toBe('plimsoll.v1');
  });

  it('refuses before the upgrade what has no key, also when the query has one', async () => {
    const { key } = await gateway.newTenant();

    expect(await refusal(gateway.client())).toEqual({ status: 401, code: 'TENANCY_KEY_MISSING' });
    expect(await refusal(gateway.client(undefined, { path: `/ws?token=${key}` }))).toMatchObject({
      status: 401,
    });
  });

  it('bears that a client is gone while it is refused', async () => {
    const sockets: Duplex[] = [];
    const server = gateway.app.getHttpServer();
    const note = (_request: IncomingMessage, socket: Duplex) => void sockets.push(socket);
    server.on('upgrade', note);

    await refusal(gateway.client());

    server.off('upgrade', note);
    expect(sockets).toHaveLength(1);
    // As a reset by the client does; without anybody who listens it would end the process.
    expect(() => sockets[0]?.emit('error', new Error('read ECONNRESET'))).not.toThrow();
  });

  it('refuses other paths, and pages of other origins', async () => {
    const { key } = await gateway.newTenant();
    const from = (origin: string) => gateway.client(key, { headers: { origin } });

    expect(await refusal(gateway.client(key, { path: '/wss' }))).toEqual({
      status: 404,
      code: 'REALTIME_PATH_UNKNOWN',
    });
    expect(await refusal(from('https://evil.example'))).toEqual({
      status: 403,
      code: 'REALTIME_ORIGIN_FORBIDDEN',
    });
    expect(await refusal(from('null'))).toMatchObject({ status: 403 });
    await from(`http://127.0.0.1:${gateway.port}`).next('welcome');
  });

  it('tells bad, expired and powerless keys by a frame and a code that pages can read', async () => {
    const admin = await gateway.newTenant();
    const collector = await gateway.newKey(admin, 'collector');
    const expired = await gateway.expiredKey(admin);
    const outcome = async (key: string) => {
      const client = gateway.client(key);
      const { code } = await client.next('error');
      return [code, (await client.end()).code];
    };

    expect(await outcome(UNKNOWN_KEY)).toEqual(['TENANCY_KEY_INVALID', 4401]);
    expect(await outcome(expired)).toEqual(['REALTIME_KEY_EXPIRED', 4109]);
    expect(await outcome(collector.key)).toEqual(['TENANCY_ROLE_TOO_LOW', 4403]);
  });

  it('tells who finds no place, and gives the place of one who left to the next', async () => {
    const { key } = await gateway.newTenant();
    const [first] = await Promise.all([gateway.open(key), gateway.open(key), gateway.open(key)]);

    const fourth = gateway.client(key);
    const told = await fourth.next('error');
    const ended = await fourth.end();
    first.socket.close();
    await first.end();
    await gateway.open(key);

    expect(told).toMatchObject({ code: 'PRESENCE_LIMIT_REACHED', retryable: true });
    expect(told['retryAfterMs']).toBeGreaterThan(0);
    expect(ended.code).toBe(4429);
    expect(fourth.told).toEqual([]);
  });

  it('keeps no place of a connection that could not be opened', async () => {
    const { key } = await gateway.newTenant();
    const opener = gateway.app.get(SessionOpener);
    const open = opener.open.bind(opener);
    opener.open = () => {
      throw new TypeError('broken');
    };

    const failed = [1, 2, 3].map(() => gateway.client(key));
    await Promise.all(failed.map((client) => client.end()));
    opener.open = open;

    await Promise.all([gateway.open(key), gateway.open(key), gateway.open(key)]);
  });

  it('serves requests that offer HTTP/2 to everybody as plain HTTP, with their body', async () => {
    const offer =
      'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n';
    const body = JSON.stringify({ name: 'By h2c', role: 'viewer' });
    const { key } = await gateway.newTenant();
    const head = `Host: x\r\nAuthorization: Bearer ${key}\r\nContent-Type: application/json\r\n`;

    const alive = await exchange(gateway.port, `GET /livez HTTP/1.1\r\nHost: x\r\n${offer}\r\n`, /\}/);
    const made = await exchange(
      gateway.port,
      `POST /api/keys HTTP/1.1\r\n${head}${offer}Content-Length: ${body.length}\r\n\r\n${body}`,
      /By h2c/,
    );

    expect(alive).toMatch(/^HTTP\/1\.1 200 /);
    expect(made).toMatch(/^HTTP\/1\.1 201 /);
  });

  it('answers a handshake that is none, and goes on', async () => {
    const { key } = await gateway.newTenant();
    const asking = `Host: x\r\nAuthorization: Bearer ${key}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n`;

    const answer = await exchange(gateway.port, `GET /ws HTTP/1.1\r\n${asking}\r\n`, /\}$/);

    expect(answer).toMatch(
      /^HTTP\/1\.1 400 .*application\/problem\+json.*"code":"REALTIME_HANDSHAKE_INVALID"/s,
    );
    expect(answer).toMatch(/^Sec-WebSocket-Version: 13\r$/m);
    // None of the places of the key was kept.
    await Promise.all([gateway.open(key), gateway.open(key), gateway.open(key)]);
  });
});

describe('connects from one address', () => {
  const database = useTestDatabase({ isServed: true });
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await TestGateway.start(database, {
      WEBSOCKET_CONNECTS_PER_SECOND: '2',
      WEBSOCKET_ORIGINS: 'https://a.example, https://b.example',
    });
  });
  afterAll(() => gateway.stop());

  it('are bounded, with the time to wait; pages of named origins alone may connect', async () => {
    const wrong = gateway.client(UNKNOWN_KEY, { headers: { origin: `http://127.0.0.1:${gateway.port}` } });
    expect(await refusal(wrong)).toMatchObject({ status: 403 });
    const right = gateway.client(UNKNOWN_KEY, { headers: { origin: 'https://B.example' } });
    await right.next('error');

    const many = Array.from({ length: 40 }, () => gateway.client(UNKNOWN_KEY));
    const refused = await eventually(() => {
      const found = many.find((client) => client.refused?.status === 429);
      if (found?.refused === undefined) throw new Error('none was refused');
      return found.refused;
    });

    expect(refused.body).toContain('REALTIME_CONNECTS_LIMITED');
    expect(Number(refused.retryAfter)).toBeGreaterThanOrEqual(1);
  });
});
