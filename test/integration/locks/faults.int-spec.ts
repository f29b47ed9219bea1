import { setTimeout as pause } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { lockKeys } from '../../../src/locks/stores/redis-lock-keys.js';
import { eventually } from '../../support/eventually.js';
import { type LocksInstance, startLocks } from '../../support/locks.js';
import { RedisServer } from '../../support/redis-server.js';

const NAMESPACE = 'faults';
const MAX_TTL_MS = 1_500;
const ENV = {
  LOCK_NAMESPACE: NAMESPACE,
  LOCK_TTL_MS: '1000',
  LOCK_MAX_TTL_MS: String(MAX_TTL_MS),
  LOCK_WAIT_MS: '4000',
};
const KEYS = lockKeys(NAMESPACE);

describe('locks from a Redis that fails', () => {
  let server: RedisServer;
  let admin: Redis;
  let a: LocksInstance;
  let b: LocksInstance;

  beforeEach(async () => {
    server = await RedisServer.start();
    admin = new Redis(server.url, { retryStrategy: () => 20, maxRetriesPerRequest: null });
    admin.on('error', () => undefined);
    const options = { backend: 'redis', redisUrl: server.url, env: ENV } as const;
    [a, b] = await Promise.all([startLocks(options), startLocks(options)]);
  });
  afterEach(async () => {
    await Promise.all([a.close(), b.close()]);
    admin.disconnect();
    await server.stop();
  });

  it.each([
    [
      'restarted empty',
      async () => {
        await server.kill();
        await server.start();
      },
    ],
    ['flushed', () => admin.flushall()],
  ])('gives no lock a second time after Redis was %s, until the first surely ended', async (_, fail) => {
    await a.locks.acquire('x', { isExtended: false });
    const takenAt = performance.now();
    await fail();

    await b.locks.withLock('x', () => Promise.resolve(), { waitMs: 10_000 });

    expect(performance.now() - takenAt).toBeGreaterThan(1_000);
  });

  it('says which server is away, within the wait', async () => {
    await server.kill();

    const startedAt = performance.now();
    const refused = await a.locks.acquire('x', { waitMs: 300 }).catch((error: unknown) => error);

    expect(refused).toMatchObject({
      code: 'LOCK_NO_QUORUM',
      details: { nodes: [{ reason: expect.any(String) }] },
    });
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });

  it('loses a lock for sure that cannot be prolonged', async () => {
    const work = a.locks.withLock('x', async ({ signal }) => {
      server.freeze();
      const frozenAt = performance.now();
      await eventually(() => expect(signal.aborted).toBe(true));
      return performance.now() - frozenAt;
    });

    await expect(work).rejects.toMatchObject({ code: 'LOCK_LOST' });
    server.thaw();
    expect(await b.locks.withLock('x', () => Promise.resolve('next'))).toBe('next');
  });

  it('keeps a lock over a short outage', async () => {
    const work = a.locks.withLock('x', async (lock) => {
      server.freeze();
      await pause(400);
      server.thaw();
      await pause(1_500);
      return lock.remainingMs();
    });

    expect(await work).toBeGreaterThan(0);
  });

  it('passes over waiters that are gone', async () => {
    const held = await a.locks.acquire('x');
    const gone = await startLocks({ backend: 'redis', redisUrl: server.url, env: ENV });
    gone.locks.acquire('x').catch(() => undefined);
    const [, queue] = KEYS.of('x');
    await eventually(async () => expect(await admin.zcard(queue)).toBe(1));
    // As if killed: its place stays, and nobody listens any more.
    await admin.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
    await gone.close();
    const next = b.locks.acquire('x');
    await eventually(async () => expect(await admin.zcard(queue)).toBeGreaterThan(0));

    await held.release();

    await (await next).release();
  });

  it('hands a lock on though the message that says so is lost', async () => {
    const held = await a.locks.acquire('x');
    const waiting = b.locks.acquire('x');
    const [, queue] = KEYS.of('x');
    await eventually(async () => expect(await admin.zcard(queue)).toBe(1));
    await admin.call('CLIENT', 'KILL', 'TYPE', 'pubsub');

    await held.release();

    await (await waiting).release();
  });

  it('survives values of another program under its keys', async () => {
    const [held] = KEYS.of('x');
    await admin.set(held, 'something else', 'PX', 300);

    const busy = await a.locks.acquire('x', { waitMs: 0 }).catch((error: unknown) => error);

    expect(busy).toMatchObject({ code: 'LOCK_BUSY', details: { holder: null } });
    await (await a.locks.acquire('x')).release();
  });
});

describe('locks by the vote of five masters', () => {
  let servers: RedisServer[];
  let a: LocksInstance;
  let b: LocksInstance;

  beforeEach(async () => {
    servers = await Promise.all(Array.from({ length: 5 }, () => RedisServer.start()));
    const options = { backend: 'redis-quorum', masters: servers.map(({ url }) => url), env: ENV } as const;
    [a, b] = await Promise.all([startLocks(options), startLocks(options)]);
  });
  afterEach(async () => {
    await Promise.all([a.close(), b.close()]);
    await Promise.all(servers.map((server) => server.stop()));
  });

  it('are all given while two are killed, and none to two', async () => {
    await Promise.all(servers.slice(0, 2).map((server) => server.kill()));
    let inside = 0;
    let most = 0;
    const work = async (): Promise<void> => {
      inside += 1;
      most = Math.max(most, inside);
      await pause(1);
      inside -= 1;
    };

    await Promise.all(Array.from({ length: 20 }, (_, i) => (i % 2 ? a : b).locks.withLock('x', work)));

    expect(most).toBe(1);
  });

  it('are prolonged though two were away when the instance started', async () => {
    await Promise.all(servers.slice(0, 2).map((server) => server.kill()));
    const masters = servers.map(({ url }) => url);
    const late = await startLocks({ backend: 'redis-quorum', masters, env: ENV });
    try {
      const seen = await late.locks.withLock('x', async (lock) => {
        await pause(2_500);
        return lock.remainingMs();
      });

      expect(seen).toBeGreaterThan(0);
    } finally {
      await late.close();
    }
  });

  it('are given back without a complaint while the others still agree', async () => {
    await Promise.all(servers.slice(0, 2).map((server) => server.kill()));

    const done = a.locks.withLock('x', async () => {
      await servers[2]?.kill();
      return 'done';
    });

    expect(await done).toBe('done');
  });

  it('are given while two are frozen', async () => {
    for (const server of servers.slice(0, 2)) server.freeze();

    for (let round = 0; round < 5; round += 1) {
      expect(await a.locks.withLock('x', () => Promise.resolve(round))).toBe(round);
    }
  });

  it('are refused while three are killed, naming them', async () => {
    await Promise.all(servers.slice(2).map((server) => server.kill()));

    const refused = await a.locks.acquire('x', { waitMs: 200 }).catch((error: unknown) => error);

    expect(refused).toMatchObject({ code: 'LOCK_NO_QUORUM' });
    const { nodes } = (refused as { details: { nodes: { node: string }[] } }).details;
    expect(nodes.map(({ node }) => node).sort()).toEqual(
      servers
        .slice(2)
        .map(({ port }) => `127.0.0.1:${port}`)
        .sort(),
    );
  });

  it('are not voted for by masters that forgot what they gave', async () => {
    const held = await a.locks.acquire('x', { isExtended: false });
    for (const server of servers.slice(0, 3)) {
      await server.kill();
      await server.start();
    }

    const refused = await b.locks.acquire('x', { waitMs: 100 }).catch((error: unknown) => error);

    expect(refused).toBeInstanceOf(Error);
    expect(held.remainingMs()).toBeGreaterThanOrEqual(0);
    await (await b.locks.acquire('x', { waitMs: 10_000 })).release();
  });
});
