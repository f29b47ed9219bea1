import { WebSocket } from 'ws';
import { LiveClient } from '../../../src/client/index.js';
import { type Channel, channelKey, PresenceHub, ReplayLog } from '../../../src/presence/index.js';
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
  });
  afterAll(() => gateway.stop());

  /** A client that follows a source and stops reading, and its end in the server. */
  async function deaf(source: string) {
    const admin = await gateway.newTenant();
    const client = await gateway.open(admin.key);
    const { epoch } = await client.ask({ type: 'subscribe', source }, 'subscribed');
    client.socket.pause();
    return { client, epoch, channel: { kind: 'source', tenantId: admin.tenantId, source } as const };
  }

  /** Gives so much to a client that its socket takes nothing more. */
  function fill(channel: Channel, frames = 400): void {
    for (let count = 1; count <= frames; count += 1) {
      gateway.app.get(PresenceHub).publish(channel, { frame: frame(count), lane: 'latest' });
    }
  }

  const frame = (number: number): Buffer =>
    Buffer.from(JSON.stringify({ type: 'pong', ref: `${number}`.padStart(FRAME_BYTES, '.') }));

  /** Turn by turn, so that the kernel takes all it ever does. */
  async function fillUp(channel: Channel): Promise<void> {
    for (let turn = 0; turn < 1_000; turn += 1) {
      fill(channel, 1);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  it('are cut when they leave unread what must arrive', async () => {
    const { client, channel } = await deaf('reliable');
    const hub = gateway.app.get(PresenceHub);

    await eventually(() => {
      for (let count = 0; count < 20; count += 1) {
        hub.publish(channel, { frame: frame(count), lane: 'reliable' });
      }
      expect(hub.subscribersOf(channel)).toBe(0);
    });

    client.socket.resume();
    expect([4290, 1006]).toContain((await client.end()).code);
  });

  it('get the newest frame of a channel alone, when older ones need not arrive', async () => {
    const { client, channel } = await deaf('latest');
    const hub = gateway.app.get(PresenceHub);

    fill(channel);
    expect(hub.subscribersOf(channel)).toBe(1);
    client.socket.resume();

    await eventually(() => {
      const refs = client.told.map(({ ref }) => Number(String(ref).replaceAll('.', '')));
      expect(refs.at(-1)).toBe(400);
      expect(refs.length).toBeLessThan(400);
    });
  });

  it('are cut when the newest frames of all their channels are too much together', async () => {
    const { client, channel } = await deaf('0');
    const hub = gateway.app.get(PresenceHub);
    const others = Array.from({ length: 20 }, (_, index) => ({ ...channel, source: `${index + 1}` }));
    for (const { source } of others) client.send({ type: 'subscribe', source });
    await eventually(() =>
      expect(others.map((other) => hub.subscribersOf(other))).toEqual(others.map(() => 1)),
    );
    // The answer to the last one is on its way when this is answered.
    client.socket.resume();
    await client.ask({ type: 'ping' }, 'pong');
    client.socket.pause();

    fill(channel);
    for (const other of others) hub.publish(other, { frame: frame(1), lane: 'latest' });

    expect(hub.subscribersOf(channel)).toBe(0);
  });

  it('see by the numbers what was left out, and get it with the typed client, each once and in order', async () => {
    const sockets: WebSocket[] = [];
    const asked: string[] = [];
    class NotedSocket extends WebSocket {
      constructor(url: string, protocols: string[]) {
        super(url, protocols);
        sockets.push(this);
      }
      override send(text: string): void {
        asked.push(text);
        super.send(text);
      }
    }
    const { tenantId, key } = await gateway.newTenant();
    const channel: Channel = { kind: 'source', tenantId, source: 'numbered' };
    const seen: number[] = [];
    const gaps: number[] = [];
    const url = `ws://127.0.0.1:${gateway.port}/ws`;
    const client = new LiveClient({ url, token: key, webSocket: NotedSocket });
    client.source('numbered', { onPoints: ({ seq }) => seen.push(seq), onGap: () => gaps.push(1) });
    const log = gateway.app.get(ReplayLog);
    await eventually(async () => {
      await log.append(channelKey(channel), '"dropped":0,"points":[]');
      expect(seen.length).toBeGreaterThan(0);
    });
    const first = seen[0] ?? 0;

    sockets[0]?.pause();
    await fillUp(channel);
    for (let count = 0; count < 20; count += 1)
      await log.append(channelKey(channel), '"dropped":0,"points":[]');
    sockets[0]?.resume();

    const { seq: last } = await log.end(channelKey(channel));
    await eventually(() => expect(seen.at(-1)).toBe(last));
    client.close();
    expect(seen).toEqual(Array.from({ length: last - first + 1 }, (_, index) => first + index));
    expect(gaps).toEqual([]);
    expect(asked.filter((text) => text.includes('"resume"') && text.includes('sinceSeq')).length).toBe(1);
  });

  it('are noticed when they are gone while they catch up', async () => {
    const { client, channel, epoch } = await deaf('catching-up');
    const log = gateway.app.get(ReplayLog);
    for (let count = 0; count < 3; count += 1) {
      await log.append(channelKey(channel), '"dropped":0,"points":[]');
    }
    await fillUp(channel);
    client.send({ type: 'subscribe', source: channel.source, sinceSeq: 0, epoch });

    await eventually(() => expect(gateway.app.get(PresenceHub).subscribersOf(channel)).toBe(0));
  });

  it('and those that are gone without a word are noticed, and their places are free', async () => {
    const { client, channel } = await deaf('silent');

    await eventually(() => expect(gateway.app.get(PresenceHub).subscribersOf(channel)).toBe(0));

    client.socket.resume();
    expect([4408, 1006]).toContain((await client.end()).code);
  });
});

describe('a gateway that stops', () => {
  const database = useTestDatabase({ isServed: true });

  it('refuses who still waits for a place, and takes no place for good', async () => {
    const gateway = await TestGateway.start(database);
    const { key } = await gateway.newTenant();
    const hub = gateway.app.get(PresenceHub);
    const connect = hub.connect.bind(hub);
    let grant: () => void = () => undefined;
    const granted = new Promise<void>((resolve) => (grant = resolve));
    let isWaiting = false;
    hub.connect = async (...args) => {
      isWaiting = true;
      await granted;
      return connect(...args);
    };
    const waiting = gateway.client(key);
    await eventually(() => expect(isWaiting).toBe(true));

    await gateway.app.get(GracefulShutdown).onSignal('SIGTERM', gateway.app, () => undefined);
    grant();

    await eventually(() => expect(waiting.refused).toMatchObject({ status: 503 }));
    await eventually(() => expect(hub.figures().connections).toBe(0));
    expect(waiting.refused?.body).toContain('REALTIME_STOPPING');
  });

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
