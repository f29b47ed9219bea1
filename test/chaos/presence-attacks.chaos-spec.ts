import { once } from 'node:events';
import type { WebSocket } from 'ws';
import { ApiClient, startApi } from '../support/api-client.js';
import { RedisServer } from '../support/redis-server.js';
import type { ServerProcess } from '../support/server-process.js';
import { useTestDatabase } from '../support/test-database.js';
import { nextAnswer, openBare, openMember } from './presence-probe.js';

const PLACES = 100;
const RACERS = 300;
const PINGS = 200_000;
const PINGS_AT_ONCE = 500;
const UPDATES = 400;
const MOST_GROWTH_BYTES = 128 * 1_024 * 1_024;
const LIMIT_MS = 120_000;

describe('two instances with Redis, and clients that mean no good', () => {
  const database = useTestDatabase({ isServed: true });
  let redis: RedisServer | undefined;
  let instances: readonly ServerProcess[] = [];
  beforeAll(async () => {
    redis = await RedisServer.start();
    const env = { REDIS_URL: redis.url, WEBSOCKET_MAX_CONNECTIONS_PER_TENANT: String(PLACES) };
    const first = await startApi(database.url, env);
    instances = [first, await startApi(database.url, env)];
  }, LIMIT_MS);
  afterAll(async () => {
    await Promise.all(instances.map((instance) => instance.kill()));
    await redis?.stop();
  });

  function port(instance: number): number {
    return Number(new URL(instances[instance]?.url ?? '').port);
  }

  async function residentBytes(): Promise<number> {
    const { text } = await new ApiClient(instances[0]?.url ?? '').get('/metrics?format=prometheus');
    return Number(/^process_resident_memory_bytes(?:\{[^}]*\})? (\S+)/m.exec(text)?.[1] ?? NaN);
  }

  it(
    `let exactly ${PLACES} of ${RACERS} in`,
    async () => {
      const sockets = Array.from({ length: RACERS }, (_, racer) => openBare(port(racer % 2)));
      const closed = sockets.map((socket) => once(socket, 'close') as Promise<[number]>);

      const first = await Promise.all(sockets.map((socket) => nextAnswer(socket)));
      const refused = first.flatMap(({ type }, racer) => (type === 'error' ? [racer] : []));
      const codes = await Promise.all(refused.map(async (racer) => (await closed[racer])?.[0]));

      expect(first.filter(({ type }) => type === 'welcome')).toHaveLength(PLACES);
      expect(new Set(refused.map((racer) => first[racer]?.code))).toEqual(
        new Set(['PRESENCE_LIMIT_REACHED']),
      );
      expect(new Set(codes)).toEqual(new Set([4429]));
      const ended = Promise.all(closed);
      for (const socket of sockets) socket.close();
      await ended;
    },
    LIMIT_MS,
  );

  it(
    'end a client that pings without reading, in little memory',
    async () => {
      const before = await residentBytes();
      const socket = openBare(port(0));
      await nextAnswer(socket);
      const closed = once(socket, 'close');
      socket.pause();

      await flood(socket);
      socket.resume();
      await closed;

      expect((await residentBytes()) - before).toBeLessThan(MOST_GROWTH_BYTES);
    },
    LIMIT_MS,
  );

  it(
    'serve the others beside a member who never reads, in little memory',
    async () => {
      const api = new ApiClient(instances[0]?.url ?? '');
      const { body } = await api.post('/api/layouts', { name: 'busy', columns: 10, rows: 10 });
      const { id } = body?.data as { id: string };
      const silent = await openMember(port(0), id);
      silent.pause();
      const [speaker, listener] = [await openMember(port(0), id), await openMember(port(1), id)];
      const before = await residentBytes();
      const listening = new Heard(listener);

      // A server that stood still gets many at once, and refuses some: who speaks goes on until it was heard.
      for (let n = 1; n <= UPDATES || listening.latest < UPDATES; n += 1) {
        expect([speaker.readyState, listener.readyState]).toEqual([speaker.OPEN, speaker.OPEN]);
        speaker.send(
          JSON.stringify({ type: 'presence.update', layout: id, state: { n, text: 'x'.repeat(1_000) } }),
        );
        // Within what a connection may send a second.
        await new Promise((resolve) => setTimeout(resolve, 25));
      }

      expect((await residentBytes()) - before).toBeLessThan(MOST_GROWTH_BYTES);
      for (const socket of [silent, speaker, listener]) socket.terminate();
    },
    LIMIT_MS,
  );
});

/** Protocol-level pings as fast as they go, until the server has had enough. */
async function flood(socket: WebSocket): Promise<void> {
  for (let sent = 0; sent < PINGS && socket.readyState === socket.OPEN; sent += PINGS_AT_ONCE) {
    for (let ping = 0; ping < PINGS_AT_ONCE; ping += 1) socket.ping('x'.repeat(100), true, () => undefined);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** How far `n` has got in what a member is told. */
class Heard {
  latest = 0;

  constructor(socket: WebSocket) {
    socket.on('message', (data: Buffer) => {
      for (const [, n] of data.toString().matchAll(/"n":(\d+)/g))
        this.latest = Math.max(this.latest, Number(n));
    });
  }
}
