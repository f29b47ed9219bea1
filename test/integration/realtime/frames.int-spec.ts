import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { sql } from '../../../src/kernel/sql.js';
import { PresenceHub } from '../../../src/presence/index.js';
import { KeyWatch } from '../../../src/realtime/life/key-watch.js';
import { ApiKeys, type CallerIdentity } from '../../../src/tenancy/index.js';
import { eventually } from '../../support/eventually.js';
import { type TestClient, TestGateway } from '../../support/gateway.js';
import { useTestDatabase } from '../../support/test-database.js';

/** What lies under a client of `ws`. */
function wireOf({ socket }: TestClient): Socket {
  return (socket as unknown as { readonly _socket: Socket })._socket;
}

/** The upgrade of a client that is no library. */
function handshake(key: string): string {
  const headers = [
    'GET /ws HTTP/1.1',
    'Host: x',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`,
    `Authorization: Bearer ${key}`,
  ];
  return `${headers.join('\r\n')}\r\n\r\n`;
}

describe('frames of clients', () => {
  const database = useTestDatabase({ isServed: true });
  let gateway: TestGateway;
  let admin: CallerIdentity & { readonly key: string };
  let client: TestClient;

  beforeAll(async () => {
    gateway = await TestGateway.start(database);
  });
  afterAll(() => gateway.stop());
  beforeEach(async () => {
    admin = await gateway.newTenant();
    client = await gateway.open(admin.key);
  });

  it.each([
    ['no JSON', '{"type":"ping"', 'REALTIME_FRAME_INVALID'],
    ['no object', '["ping"]', 'REALTIME_FRAME_INVALID'],
    ['null', 'null', 'REALTIME_FRAME_INVALID'],
    ['nothing', '', 'REALTIME_FRAME_INVALID'],
    ['an unknown type', '{"type":"dance","ref":"7"}', 'REALTIME_TYPE_UNKNOWN'],
    ['a type that every object has', '{"type":"constructor"}', 'REALTIME_TYPE_UNKNOWN'],
    ['a type that is no text', '{"type":{"a":1}}', 'REALTIME_TYPE_UNKNOWN'],
    ['a field too many', '{"type":"ping","more":1}', 'REALTIME_FRAME_INVALID'],
    ['two targets', '{"type":"subscribe","layout":"1","source":"a"}', 'REALTIME_FRAME_INVALID'],
    ['no target', '{"type":"subscribe"}', 'REALTIME_FRAME_INVALID'],
    ['an id that is none', '{"type":"subscribe","layout":"1e3"}', 'REALTIME_FRAME_INVALID'],
    ['a negative number', '{"type":"subscribe","layout":"1","sinceSeq":-1}', 'REALTIME_FRAME_INVALID'],
    ['a prototype', '{"type":"ping","__proto__":{"a":1}}', 'REALTIME_FRAME_INVALID'],
    [
      'a prototype inside',
      '{"type":"presence.update","layout":"1","state":{"a":{"__proto__":1}}}',
      'REALTIME_FRAME_INVALID',
    ],
    ['a layout that is not', '{"type":"subscribe","layout":"999999"}', 'LAYOUT_NOT_FOUND'],
    [
      'a state in a layout it is not in',
      '{"type":"presence.update","layout":"1","state":{}}',
      'PRESENCE_LAYOUT_NOT_JOINED',
    ],
    ['a channel of operators', '{"type":"subscribe","channel":"performance"}', 'TENANCY_ROLE_TOO_LOW'],
    ['too deep', `{"type":"ping","ref":${'['.repeat(20_000)}`, 'REALTIME_FRAME_INVALID'],
  ])('answer %s by an error, and the connection goes on', async (_what, frame, code) => {
    client.send(frame);
    const error = await client.next('error');

    expect(error).toMatchObject({ code, retryable: false });
    expect(error['ref']).toBe(frame.includes('"7"') ? '7' : undefined);
    expect(await client.ask({ type: 'ping', ref: 'x' }, 'pong')).toEqual({ type: 'pong', ref: 'x' });
  });

  it.each([
    ['binary', (c: TestClient) => c.socket.send(Buffer.from('{"type":"ping"}')), 1003],
    ['1 MB long', (c: TestClient) => c.send(`{"type":"ping","ref":"${'x'.repeat(1_000_000)}"}`), 1009],
    ['of no known kind', (c: TestClient) => wireOf(c).write(Buffer.from([0x83, 0x80, 0, 0, 0, 0])), 1002],
    ['no UTF-8', (c: TestClient) => c.socket.send(Buffer.from([0x22, 0xff, 0x22]), { binary: false }), 1007],
  ])('close the connection when they are %s', async (_what, send, code) => {
    send(client);

    expect((await client.end()).code).toBe(code);
  });

  it('close the connection with 4400 when one after the other is no message', async () => {
    for (let count = 0; count < 11; count += 1) client.send('nonsense');

    expect((await client.end()).code).toBe(4400);
    expect(client.told.filter(({ type }) => type === 'error')).toHaveLength(11);
  });

  it('do not count as nonsense when a field of theirs is refused', async () => {
    const layout = await gateway.newLayout(admin);
    const change = (region: object) => ({ type: 'region.change', layout, action: 'create', region });

    for (let count = 0; count < 15; count += 1) {
      client.send(change({ x: -1, y: 0, width: 2, height: 2, kind: 'chart' }));
      client.send(change({ x: 0, y: 0, width: 1.5, height: 2, kind: 'chart' }));
    }

    expect(await client.ask({ type: 'ping' }, 'pong')).toEqual({ type: 'pong' });
    expect(client.told.map(({ code }) => code)).toEqual(Array(30).fill('REALTIME_FRAME_INVALID'));
  });

  it('are answered in their order, and subscribing and leaving may be repeated', async () => {
    const layout = await gateway.newLayout(admin);
    const messages = [
      { type: 'subscribe', layout, ref: '1' },
      { type: 'ping', ref: '2' },
      { type: 'subscribe', layout, ref: '3' },
      { type: 'unsubscribe', layout, ref: '4' },
      { type: 'unsubscribe', layout, ref: '5' },
      { type: 'ping', ref: '6' },
    ];

    for (const message of messages) client.send(message);

    await eventually(() => {
      const answered = client.told.filter(({ ref }) => ref !== undefined);
      expect(answered.map(({ type, ref }) => `${type} ${String(ref)}`)).toEqual([
        ...['subscribed 1', 'pong 2', 'subscribed 3', 'unsubscribed 4', 'unsubscribed 5', 'pong 6'],
      ]);
    });
  });

  it('show others in a layout who is there, and nothing of it to another tenant', async () => {
    const layout = await gateway.newLayout(admin);
    const editor = await gateway.open((await gateway.newKey(admin)).key);
    const stranger = await gateway.open((await gateway.newTenant()).key);

    await client.ask({ type: 'subscribe', layout }, 'subscribed');
    const subscribed = await editor.ask({ type: 'subscribe', layout }, 'subscribed');
    editor.send({ type: 'presence.update', layout, state: { cursor: { x: 1 } } });
    const refused = await stranger.ask({ type: 'subscribe', layout }, 'error');

    expect(subscribed['users']).toHaveLength(2);
    expect(refused).toMatchObject({ code: 'LAYOUT_NOT_FOUND' });
    await eventually(() => {
      const diffs = JSON.stringify(client.told);
      expect(diffs).toContain('"cursor":{"x":1}');
    });
    expect(stranger.told).toEqual([]);
  });

  it('are told apart from floods: who is too fast hears of it, who does not stop is cut', async () => {
    for (let count = 0; count < 400; count += 1) client.send({ type: 'ping', ref: String(count) });

    expect((await client.end()).code).toBe(4429);
    const refused = client.told.filter(({ code }) => code === 'REALTIME_MESSAGES_LIMITED');
    expect(client.told.filter(({ type }) => type === 'pong').length).toBeGreaterThanOrEqual(100);
    expect(refused.length).toBeGreaterThan(1);
    expect(refused[0]).toMatchObject({ ref: expect.any(String) as unknown, retryable: true });
  });

  it('count pings of the WebSocket protocol, which are answered until then', async () => {
    const pongs: string[] = [];
    client.socket.on('pong', (data) => pongs.push(data.toString()));
    client.socket.ping('hello');
    await eventually(() => expect(pongs).toEqual(['hello']));

    for (let count = 0; count < 400; count += 1) client.socket.ping();

    expect((await client.end()).code).toBe(4429);
  });

  it('are not read any more when their client was cut and does not stop', async () => {
    const sockets: Socket[] = [];
    gateway.app.getHttpServer().once('connection', (socket: Socket) => sockets.push(socket));
    const flooder = connect(gateway.port, '127.0.0.1', () => flooder.write(handshake(admin.key)));
    const header = Buffer.from([0x81, 0xfe, 1_000 >> 8, 1_000 & 0xff, 0, 0, 0, 0]);
    const frames = Buffer.concat(Array(64).fill(Buffer.concat([header, Buffer.alloc(1_000, 'x')])));
    const ended = new Promise((resolve) => flooder.on('close', resolve));
    let left = 1_000;
    const flood = (): void => {
      while (left > 0 && flooder.writable && flooder.write(frames)) left -= 1;
    };

    flooder
      .on('error', () => undefined)
      .on('drain', flood)
      .once('data', flood)
      .resume();
    await ended;

    expect(sockets[0]?.bytesRead).toBeGreaterThan(100_000);
    expect(sockets[0]?.bytesRead).toBeLessThan(2_000_000);
  });

  it('count pongs that nobody asked for', async () => {
    for (let count = 0; count < 400; count += 1) client.socket.pong();

    expect((await client.end()).code).toBe(4429);
  });

  it('close the connection with 1008 when they come in more pieces than any client needs', async () => {
    for (let piece = 0; piece < 300; piece += 1) client.socket.send(' ', { fin: false });

    expect((await client.end()).code).toBe(1008);
  });

  it('end with their key: revoked at once, expired at its time', async () => {
    const keys = gateway.app.get(ApiKeys);
    const revoked = await gateway.newKey(admin);
    const short = await gateway.newKey(admin, 'viewer', new Date(Date.now() + 1_500));
    const [one, other] = [await gateway.open(revoked.key), await gateway.open(short.key)];

    await keys.revoke(admin, revoked.id);

    expect(await one.next('error')).toMatchObject({ code: 'TENANCY_KEY_INVALID' });
    expect((await one.end()).code).toBe(4401);
    expect(await other.next('error')).toMatchObject({ code: 'REALTIME_KEY_EXPIRED' });
    expect((await other.end()).code).toBe(4109);
    expect(await client.ask({ type: 'ping' }, 'pong')).toEqual({ type: 'pong' });
  });

  it('end with a key that was revoked while it was being let in', async () => {
    const { id, key } = await gateway.newKey(admin);
    const hub = gateway.app.get(PresenceHub);
    const connect = hub.connect.bind(hub);
    hub.connect = async (...args) => {
      hub.connect = connect;
      await gateway.app.get(ApiKeys).revoke(admin, id);
      return connect(...args);
    };

    const late = gateway.client(key);

    // Long before the next look at the table.
    expect(await late.next('error')).toMatchObject({ code: 'TENANCY_KEY_INVALID' });
    expect((await late.end()).code).toBe(4401);
  });

  it('end with a key that another instance revoked, without a word of it, at the next look', async () => {
    const { id, key } = await gateway.newKey(admin);
    const held = await gateway.open(key);
    const watch = gateway.app.get(KeyWatch);
    await watch.check();
    expect(await held.ask({ type: 'ping' }, 'pong')).toEqual({ type: 'pong' });

    await database.db.query(sql`UPDATE api_keys SET revoked_at = now() WHERE id = ${id}`);
    await watch.check();

    expect((await held.end()).code).toBe(4401);
  });

  it('may bring another key of the tenant, which counts from then on', async () => {
    const first = await gateway.newKey(admin);
    const second = await gateway.newKey(admin, 'viewer');
    const changing = await gateway.open(first.key);
    const foreign = await gateway.newTenant();

    const refused = await changing.ask({ type: 'auth', token: foreign.key, ref: 'a' }, 'error');
    const unknown = await changing.ask({ type: 'auth', token: 'nothing' }, 'error');
    await changing.ask({ type: 'auth', token: second.key, ref: 'b' }, 'ack');
    await gateway.app.get(ApiKeys).revoke(admin, first.id);
    await changing.ask({ type: 'ping' }, 'pong');
    await gateway.app.get(ApiKeys).revoke(admin, second.id);

    expect(refused).toMatchObject({ code: 'REALTIME_TENANT_DIFFERS', ref: 'a' });
    expect(unknown).toMatchObject({ code: 'TENANCY_KEY_INVALID' });
    expect((await changing.end()).code).toBe(4401);
  });
});
