import { setTimeout as pause } from 'node:timers/promises';
import { LockLostError, type LockReport } from '../../../src/locks/index.js';
import { eventually } from '../../support/eventually.js';
import { type LocksInstance, type LocksInstanceOptions, startLocks } from '../../support/locks.js';
import { RedisServer } from '../../support/redis-server.js';
import { useTestDatabase } from '../../support/test-database.js';

const MASTERS = 3;

type Counters = LockReport['counters'];

/** What was counted since. */
function counted({ locks }: LocksInstance, before: Counters, ...names: (keyof Counters)[]): number[] {
  const { counters } = locks.report();
  return names.map((name) => counters[name] - before[name]);
}

/** Every promise of LockService, kept by every place that locks may come from. */
describe.each(['process', 'postgres', 'redis', 'redis-quorum'] as const)('locks from %s', (backend) => {
  const database = useTestDatabase({ isServed: true });
  const servers: RedisServer[] = [];
  let round = 0;
  let a: LocksInstance;
  let b: LocksInstance;
  let before: Counters;
  let beforeThere: Counters;

  beforeAll(async () => {
    const count = backend === 'redis' ? 1 : backend === 'redis-quorum' ? MASTERS : 0;
    for (let index = 0; index < count; index += 1) servers.push(await RedisServer.start());
    const options: LocksInstanceOptions = {
      backend,
      ...(backend === 'redis' && { redisUrl: servers[0]?.url ?? '' }),
      ...(backend === 'redis-quorum' && { masters: servers.map(({ url }) => url) }),
      database: database.db,
      databaseUrl: database.url,
      env: { LOCK_WAIT_MS: '5000' },
    };
    a = await startLocks(options);
    // Two instances cannot share the locks of one process.
    b = backend === 'process' ? a : await startLocks(options);
  });
  afterAll(async () => {
    await a.close();
    if (b !== a) await b.close();
    await Promise.all(servers.map((server) => server.stop()));
  });
  beforeEach(() => {
    round += 1;
    before = a.locks.report().counters;
    beforeThere = b.locks.report().counters;
  });

  const resource = (name: string): string => `${round}:${name}`;

  it('gives a lock to one at a time, in the order in which they came', async () => {
    const order: number[] = [];
    let inside = 0;
    let most = 0;
    const first = await a.locks.acquire(resource('x'));
    const waiting = [1, 2, 3, 4].map(async (index) => {
      await pause(index * 60);
      const instance = index % 2 === 0 ? a : b;
      await instance.locks.withLock(resource('x'), async () => {
        inside += 1;
        most = Math.max(most, inside);
        order.push(index);
        await pause(5);
        inside -= 1;
      });
    });
    await pause(400);

    expect(await first.release()).toBe(true);
    await Promise.all(waiting);

    expect([order, most]).toEqual([[1, 2, 3, 4], 1]);
  });

  it('does not make one resource wait for another', async () => {
    const held = await a.locks.acquire(resource('x'));

    expect(await b.locks.withLock(resource('y'), () => Promise.resolve('done'), { waitMs: 0 })).toBe('done');
    await held.release();
  });

  it('gives greater tokens each time', async () => {
    const tokens: number[] = [];
    for (const { locks } of [a, b, a, b]) {
      await locks.withLock(resource('x'), ({ token }) => Promise.resolve(void tokens.push(token)));
    }

    expect([...new Set(tokens)].sort((left, right) => left - right)).toEqual(tokens);
    expect(tokens).toHaveLength(4);
  });

  it('tells who does not wait, and who waited in vain, who holds it', async () => {
    const held = await a.locks.acquire(resource('x'));

    const busy = await b.locks.acquire(resource('x'), { waitMs: 0 }).catch((error: unknown) => error);
    const late = await b.locks.acquire(resource('x'), { waitMs: 100 }).catch((error: unknown) => error);

    expect(busy).toMatchObject({ code: 'LOCK_BUSY' });
    expect(late).toMatchObject({ code: 'LOCK_TIMEOUT', details: { resource: resource('x') } });
    expect(late).toMatchObject({ details: { holder: { pid: process.pid } } });
    expect((late as { details: { waitedMs: number } }).details.waitedMs).toBeGreaterThanOrEqual(100);
    await held.release();
    expect(counted(b, beforeThere, 'busy', 'timedOut')).toEqual([1, 1]);
    expect(b.locks.contention(100)).toContainEqual(
      expect.objectContaining({ resource: resource('x'), timedOut: 1, waitingNow: 0 }),
    );
  });

  it('gives nothing to who has stopped waiting', async () => {
    const held = await a.locks.acquire(resource('x'));
    const ended = new AbortController();
    const waiting = b.locks.acquire(resource('x'), { signal: ended.signal }).catch((error: unknown) => error);
    await pause(50);

    ended.abort();

    expect(await waiting).toMatchObject({ code: 'LOCK_ABORTED' });
    await held.release();
    expect(await a.locks.withLock(resource('x'), () => Promise.resolve('next'))).toBe('next');
  });

  it('ends by itself when nobody prolongs it, and says so', async () => {
    const held = await a.locks.acquire(resource('x'), { ttlMs: 150, isExtended: false });
    expect(held.remainingMs()).toBeGreaterThan(0);

    await b.locks.withLock(resource('x'), () => Promise.resolve());

    expect(held.remainingMs()).toBe(0);
    expect(() => held.assertHeld()).toThrow(LockLostError);
    await eventually(() => expect(held.signal.aborted).toBe(true));
    expect(await held.release()).toBe(false);
  });

  it('is prolonged for as long as work lasts', async () => {
    const seen = await a.locks.withLock(
      resource('x'),
      async (lock) => {
        await pause(2_100);
        return [lock.remainingMs() > 0, lock.signal.aborted];
      },
      // Long enough for a machine that has other things to do.
      { ttlMs: 600 },
    );

    expect(seen).toEqual([true, false]);
    const [lost, extended] = counted(a, before, 'lost', 'extended');
    expect(lost).toBe(0);
    expect(extended).toBeGreaterThan(2);
  });

  it('fails work whose lock was lost, whatever it answered, and tells it by a signal', async () => {
    let reason: unknown;
    const work = a.locks.withLock(
      resource('x'),
      async ({ signal }) => {
        await eventually(() => expect(signal.aborted).toBe(true));
        reason = signal.reason;
        return 'done';
      },
      { ttlMs: 120, isExtended: false },
    );

    await expect(work).rejects.toMatchObject({ code: 'LOCK_LOST' });
    expect(reason).toMatchObject({ code: 'LOCK_LOST' });
  });

  it('tells of the end before it comes, however short the lock is', async () => {
    const held = await a.locks.acquire(resource('x'), { ttlMs: 200, isExtended: false });
    const { signal } = held;
    const endsAt = performance.now() + held.remainingMs();
    const toldAt = await new Promise<number>((resolve) =>
      signal.addEventListener('abort', () => resolve(performance.now()), { once: true }),
    );

    expect(toldAt).toBeLessThan(endsAt);
    await held.release();
  });

  it('gives the lock back when work fails', async () => {
    const work = a.locks.withLock(resource('x'), () => Promise.reject(new TypeError('no')));

    await expect(work).rejects.toThrow('no');
    expect(await b.locks.withLock(resource('x'), () => Promise.resolve('next'), { waitMs: 0 })).toBe('next');
  });

  it('lets work take once more what its caller holds', async () => {
    const { locks } = a;
    const inner = (): Promise<string> => locks.withLock(resource('x'), () => Promise.resolve('inner'));

    expect(await locks.withLock(resource('x'), inner)).toBe('inner');
    expect(counted(a, before, 'acquired', 'reentered', 'released')).toEqual([1, 1, 1]);
  });

  it('fails inner work that its outer one did not wait for', async () => {
    let inner: Promise<unknown> = Promise.resolve();
    await a.locks.withLock(resource('x'), () => {
      inner = a.locks.withLock(resource('x'), () => pause(50)).catch((error: unknown) => error);
      return Promise.resolve();
    });

    expect(await inner).toBeInstanceOf(LockLostError);
  });

  it('keeps branches of the same work apart', async () => {
    let inside = 0;
    let most = 0;
    const branch = (): Promise<void> =>
      a.locks.withLock(resource('x'), async () => {
        inside += 1;
        most = Math.max(most, inside);
        await pause(20);
        inside -= 1;
      });

    await a.locks.withLock(resource('outer'), () => Promise.all([branch(), branch(), branch()]));

    expect(most).toBe(1);
  });

  it('names a deadlock at once, to one of the two', async () => {
    const { locks } = a;
    const meet = [new AbortController(), new AbortController()] as const;
    const met = (index: 0 | 1): Promise<void> =>
      new Promise((resolve) => meet[index].signal.addEventListener('abort', () => resolve()));
    const both = [met(0), met(1)];
    const cross = (instance: LocksInstance, mine: string, other: string, index: 0 | 1): Promise<unknown> =>
      instance.locks
        .withLock(resource(mine), async () => {
          meet[index].abort();
          await Promise.all(both);
          return instance.locks.withLock(resource(other), () => Promise.resolve('done'));
        })
        .catch((error: unknown) => error);

    const startedAt = performance.now();
    const ends = await Promise.all([cross(a, 'left', 'right', 0), cross(b, 'right', 'left', 1)]);

    expect(performance.now() - startedAt).toBeLessThan(2_000);
    expect(ends).toContain('done');
    expect(ends).toContainEqual(expect.objectContaining({ code: 'LOCK_DEADLOCK' }));
    expect(await locks.lockAll([resource('left'), resource('right')], () => Promise.resolve(1))).toBe(1);
  });

  it('takes several at once in one order, whatever order they are named in', async () => {
    const names = ['p', 'q', 'r'].map(resource);
    const take = ({ locks }: LocksInstance, list: readonly string[]): Promise<number> =>
      locks.lockAll([...list, ...list], async (held) => {
        await pause(2);
        return held.length;
      });

    const counts = await Promise.all([
      take(a, names),
      take(b, names.toReversed()),
      take(a, names),
      take(b, names),
    ]);

    expect(counts).toEqual([3, 3, 3, 3]);
    expect(a.locks.report().held).toEqual([]);
  });

  it('shows what is held', async () => {
    const held = await a.locks.acquire(resource('x'));

    expect(a.locks.report()).toMatchObject({
      backend,
      held: [{ resource: resource('x'), token: held.token, owner: { pid: process.pid } }],
    });
    await held.release();
    expect(a.locks.report().held).toEqual([]);
    expect(a.locks.report().holdMs.count).toBe(a.locks.report().counters.released);
  });

  it.each(['', 'a'.repeat(501), 'a\0b', '\ud800'])('refuses the resource %j', async (name) => {
    await expect(a.locks.acquire(name)).rejects.toMatchObject({ code: 'LOCK_RESOURCE_INVALID' });
  });

  it.each(['a b', 'a:b{c}|d', '__proto__', 'grüße:🙂', '%', 'line\nbreak'])(
    'takes the resource %j',
    async (name) => {
      const held = await a.locks.acquire(name);

      await expect(b.locks.acquire(name, { waitMs: 0 })).rejects.toMatchObject({ code: 'LOCK_BUSY' });
      expect(await held.release()).toBe(true);
    },
  );

  it.each([{ ttlMs: 0 }, { ttlMs: NaN }, { ttlMs: 1e9 }, { waitMs: -1 }, { waitMs: Infinity }])(
    'refuses %j',
    async (options) => {
      await expect(a.locks.acquire('x', options)).rejects.toMatchObject({ code: 'LOCK_OPTIONS_INVALID' });
    },
  );
});
