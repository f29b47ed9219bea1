import { PresenceHub } from '../../../src/presence/index.js';
import { GracefulShutdown } from '../../../src/platform/http/index.js';
import { eventually } from '../../support/eventually.js';
import { TestGateway } from '../../support/gateway.js';
import { useTestDatabase } from '../../support/test-database.js';

const FRAME_BYTES = 64 * 1_024;

describe('slow readers', () => {
  const database = useTestDatabase({ isServed: true });
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await TestGateway.start(database, { WEBSOCKET_HEARTBEAT_MS: '1000' });
  }, 60_000);
  afterAll(() => gateway.stop());

  /** A client that follows a source and stops reading, and its end in the server. */
  async function deaf(source: string) {
    const admin = await gateway.newTenant();
    const client = await gateway.open(admin.key);
    await client.ask({ type: 'subscribe', source }, 'subscribed');
    client.socket.pause();
    return { client, channel: { kind: 'source', tenantId: admin.tenantId, source } as const };
  }

  const frame = (number: number): Buffer =>
    Buffer.from(JSON.stringify({ type: 'pong', ref: `${number}`.padStart(FRAME_BYTES, '.') }));

  it('are cut when they leave unread what must arrive', async () => {
    const { client, channel } = await deaf('reliable');
    const hub = gateway.app.get(PresenceHub);

    await eventually(
      () => {
        for (let count = 0; count < 20; count += 1) {
          hub.publish(channel, { frame: frame(count), lane: 'reliable' });
        }
        expect(hub.subscribersOf(channel)).toBe(0);
      },
      { withinMs: 10_000 },
    );

    client.socket.resume();
    expect([4290, 1006]).toContain((await client.end()).code);
  });

  it('get the newest frame of a channel alone, when older ones need not arrive', async () => {
    const { client, channel } = await deaf('latest');
    const hub = gateway.app.get(PresenceHub);

    for (let count = 1; count <= 400; count += 1) {
      hub.publish(channel, { frame: frame(count), lane: 'latest' });
    }
    client.socket.resume();

    await eventually(() => {
      const refs = client.told.map(({ ref }) => Number(String(ref).replaceAll('.', '')));
      expect(refs.at(-1)).toBe(400);
      expect(refs.length).toBeLessThan(400);
    });
  });

  it('and those that are gone without a word are noticed, and their places are free', async () => {
    const { client, channel } = await deaf('silent');

    await eventually(() => expect(gateway.app.get(PresenceHub).subscribersOf(channel)).toBe(0), {
      withinMs: 10_000,
    });

    client.socket.resume();
    expect([4408, 1006]).toContain((await client.end()).code);
  });
});

describe('a gateway that stops', () => {
  const database = useTestDatabase({ isServed: true });

  it('sends its clients away by 1012, and refuses new ones with the time to come back', async () => {
    const gateway = await TestGateway.start(database, {
      SHUTDOWN_NOT_READY_MS: '1000',
      WEBSOCKET_MAX_CONNECTIONS_PER_TENANT: '200',
    });
    const { key } = await gateway.newTenant();
    const clients = await Promise.all(Array.from({ length: 120 }, () => gateway.open(key)));
    const exits: number[] = [];

    const stopping = gateway.app
      .get(GracefulShutdown)
      .onSignal('SIGTERM', gateway.app, (code) => exits.push(code));
    const late = gateway.client(key);
    await eventually(() => expect(late.refused).toMatchObject({ status: 503 }));
    await stopping;

    const ends = await Promise.all(clients.map((client) => client.end()));
    expect(new Set(ends.map(({ code }) => code))).toEqual(new Set([1012]));
    expect(clients.map(({ told }) => told.map(({ type }) => type))).toEqual(
      clients.map(() => ['going_away']),
    );
    expect(late.refused?.body).toContain('REALTIME_STOPPING');
    expect(Number(late.refused?.retryAfter)).toBeGreaterThanOrEqual(1);
    expect(exits).toEqual([0]);
  });
});
