import type { Socket } from 'node:net';
import type { ClientOptions } from 'ws';
import { type Channel, PresenceHub } from '../../../src/presence/index.js';
import { type TestClient, TestGateway } from '../../support/gateway.js';
import { useTestDatabase } from '../../support/test-database.js';

const LARGE_BYTES = 60_000;

/** What lies under a client of `ws`. */
function wireOf({ socket }: TestClient): Socket {
  return (socket as unknown as { readonly _socket: Socket })._socket;
}

describe('compression of large frames', () => {
  const database = useTestDatabase({ isServed: true });
  let gateway: TestGateway;
  let channel: Channel;
  let key: string;
  beforeAll(async () => {
    gateway = await TestGateway.start(database, { WEBSOCKET_COMPRESS_ABOVE_BYTES: '1000' });
    const admin = await gateway.newTenant();
    [key, channel] = [admin.key, { kind: 'source', tenantId: admin.tenantId, source: 'a' }];
  }, 60_000);
  afterAll(() => gateway.stop());

  /** A client that follows the channel, and how many bytes it has read since. */
  async function follow(perMessageDeflate: ClientOptions['perMessageDeflate']) {
    const client = gateway.client(key, { perMessageDeflate });
    await client.next('welcome');
    await client.ask({ type: 'subscribe', source: 'a' }, 'subscribed');
    const before = wireOf(client).bytesRead;
    return { client, bytesRead: () => wireOf(client).bytesRead - before };
  }

  it('is for clients that offer it, and frames that are worth it', async () => {
    const [taking, plain] = [await follow(true), await follow(false)];
    const small = { type: 'pong', ref: 'x'.repeat(500) };
    const large = { type: 'pong', ref: 'x'.repeat(LARGE_BYTES) };

    for (const message of [small, large, small]) {
      gateway.app
        .get(PresenceHub)
        .publish(channel, { frame: Buffer.from(JSON.stringify(message)), lane: 'reliable' });
    }
    await taking.client.ask({ type: 'ping', ref: 'last' }, 'pong');

    for (const { client } of [taking, plain]) {
      const rest = client === taking.client ? [large, small] : [small, large, small];
      for (const message of rest) expect(await client.next('pong')).toEqual(message);
    }
    expect(taking.bytesRead()).toBeLessThan(LARGE_BYTES / 20);
    expect(plain.bytesRead()).toBeGreaterThan(LARGE_BYTES);
  });

  it('is not agreed on with those who would make this side keep more, or less than it needs', async () => {
    const narrow = await follow({ serverMaxWindowBits: 9 });
    const wide = await follow({ clientMaxWindowBits: 15 });

    expect(narrow.client.socket.extensions).toBe('');
    expect(wide.client.socket.extensions).toContain('permessage-deflate');
  });

  it('takes frames of clients as they are, deflated or not', async () => {
    const { client } = await follow({ threshold: 0 });
    const padding = ' '.repeat(LARGE_BYTES);

    client.send(`{"type":"ping","ref":"a"}${padding}`);
    client.socket.send('{"type":"ping","ref":"b"}', { compress: false });

    expect([await client.next('pong'), await client.next('pong')]).toEqual([
      { type: 'pong', ref: 'a' },
      { type: 'pong', ref: 'b' },
    ]);
  });

  it.each([
    ['of a bomb of spaces', 1009, (client: TestClient) => client.send(' '.repeat(1_000_000))],
    [
      'of what cannot be inflated',
      1007,
      (client: TestClient) => wireOf(client).write(Buffer.from([0xc1, 0x84, 0, 0, 0, 0, 7, 255, 7, 255])),
    ],
  ])('ends the connection %s', async (_what, code, send) => {
    const { client } = await follow({ threshold: 0 });

    send(client);

    expect((await client.end()).code).toBe(code);
  });
});
