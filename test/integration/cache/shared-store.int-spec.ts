import { SharedStoreFullError } from '../../../src/cache/shared/shared-store.js';
import { eventually } from '../../support/eventually.js';
import {
  LEASE_MS,
  envelope,
  openSharedStores,
  type SharedStoreBench,
  TTL_MS,
} from '../../support/shared-store.js';

const SHORT_MS = 30;

describe('values of RedisSharedStore', () => {
  let stores: Awaited<ReturnType<typeof openSharedStores>>;
  let bench: SharedStoreBench;

  beforeAll(async () => {
    stores = await openSharedStores();
  });
  afterAll(() => stores.close());
  beforeEach(() => {
    bench = stores.next();
  });

  describe('reads', () => {
    async function commandsOf(work: () => Promise<unknown>): Promise<number> {
      await bench.admin.config('RESETSTAT');
      await work();
      return Number(/cmdstat_mget:calls=(\d+)/.exec(await bench.admin.info('commandstats'))?.[1] ?? 0);
    }

    it('answers bytes as they are stored, and null without any', async () => {
      const bytes = Buffer.from([0, 255, 10, 195, 40]);
      await bench.admin.set(bench.valueName, bytes);

      expect(await Promise.all([bench.store.read(bench.key), bench.store.read('x:2')])).toEqual([
        bytes,
        null,
      ]);
    });

    it('asks for all keys of one turn in few commands, and gives each reader its own value', async () => {
      const names = Array.from({ length: 300 }, (_, index) => `many:${index}`);
      for (const name of names.slice(0, 299)) await bench.admin.set(bench.keys.value(name), name);
      let read: (Buffer | null)[] = [];

      const commands = await commandsOf(async () => {
        read = await Promise.all(names.map((name) => bench.store.read(name)));
      });

      expect(read.map((raw) => raw?.toString())).toEqual([...names.slice(0, 299), undefined]);
      expect(commands).toBe(3);
    });

    it('asks again for what is read in a later turn', async () => {
      await bench.admin.set(bench.valueName, 'old');
      const first = await bench.store.read(bench.key);
      await bench.admin.set(bench.valueName, 'new');

      expect([first, await bench.store.read(bench.key)].map(String)).toEqual(['old', 'new']);
    });

    it('takes what is no text for nothing', async () => {
      await bench.admin.rpush(bench.valueName, 'x');

      expect(await bench.store.read(bench.key)).toBeNull();
    });
  });

  describe('fills', () => {
    it('stores the value of the holder for its TTL, and ends the lease', async () => {
      await bench.lease('a');

      expect(await bench.fill('a')).toBe(true);

      expect(await bench.store.read(bench.key)).toEqual(envelope);
      expect(await bench.admin.pttl(bench.valueName)).toBeGreaterThan(TTL_MS - 5_000);
      expect(await bench.admin.get(bench.leaseName)).toBeNull();
    });

    it.each([
      ['another token', () => bench.lease('b')],
      ['no lease', () => Promise.resolve()],
      ['a lease that was dropped', () => bench.lease('a').then(() => bench.store.drop([bench.key]))],
      ['a lease that was given back', () => bench.lease('a').then(() => bench.store.release(bench.key, 'a'))],
      [
        'a lease that was filled',
        () =>
          bench
            .lease('a')
            .then(() => bench.fill('a'))
            .then(() => bench.admin.del(bench.valueName)),
      ],
      ['a lease that is no text', () => bench.admin.rpush(bench.leaseName, 'a')],
    ])('stores nothing with %s', async (_, prepare) => {
      await prepare();
      const before = await bench.admin.exists(bench.leaseName);

      expect(await bench.fill('a')).toBe(false);

      expect(await bench.stored()).toBeNull();
      expect(await bench.admin.exists(bench.leaseName)).toBe(before);
    });

    it('refuses the one whose lease ran out, and stores that of the next', async () => {
      await bench.lease('late', SHORT_MS);
      await eventually(async () => expect((await bench.lease('next')).kind).toBe('leased'));

      expect([await bench.fill('late'), await bench.fill('next')]).toEqual([false, true]);
    });

    it('announces the end of a load for which somebody waits, and no other', async () => {
      const ends: string[] = [];
      const listener = bench.admin.duplicate();
      listener.on('message', (_: string, name: string) => ends.push(name));
      await listener.subscribe(bench.keys.loadsChannel);
      const load = async (key: string, end: () => Promise<unknown>, isAwaited: boolean): Promise<void> => {
        await bench.store.lease(key, { token: 'a', leaseMs: LEASE_MS });
        if (isAwaited) await bench.store.lease(key, { token: 'b', leaseMs: LEASE_MS });
        await end();
      };
      const fillOf = (key: string) => () => bench.store.fill(key, { token: 'a', envelope, ttlMs: TTL_MS });

      for (const isAwaited of [false, true]) {
        await load(`filled:${isAwaited}`, fillOf(`filled:${isAwaited}`), isAwaited);
        await load(`given:${isAwaited}`, () => bench.store.release(`given:${isAwaited}`, 'a'), isAwaited);
      }
      await bench.admin.publish(bench.keys.loadsChannel, 'last');

      await eventually(() => expect(ends).toContain('last'));
      expect(ends).toEqual([bench.keys.loadName('filled:true'), bench.keys.loadName('given:true'), 'last']);
      listener.disconnect();
    });

    it('says that Redis is full, keeps the lease for its holder, and stores when there is room', async () => {
      await bench.admin.config('SET', 'maxmemory', '1');
      let failure: unknown;
      try {
        expect((await bench.lease('a')).kind).toBe('leased');
        failure = await bench.fill('a').catch((error: unknown) => error);
      } finally {
        await bench.admin.config('SET', 'maxmemory', '0');
      }

      expect(failure).toBeInstanceOf(SharedStoreFullError);
      expect(await bench.stored()).toBeNull();
      expect(await bench.fill('a')).toBe(true);
    });
  });

  it('drops values together with the leases of those who load them, and nothing else', async () => {
    await bench.admin.set(bench.valueName, envelope);
    await bench.store.lease('x:2', { token: 'a', leaseMs: LEASE_MS });
    await bench.admin.rpush(bench.keys.value('x:3'), 'x');
    await bench.admin.set(bench.keys.value('x:4'), envelope);

    await bench.store.drop([bench.key, 'x:2', 'x:3', 'x:5']);
    await bench.store.drop([]);

    expect(await bench.store.fill('x:2', { token: 'a', envelope, ttlMs: TTL_MS })).toBe(false);
    const left = ['x:1', 'x:2', 'x:3', 'x:4'].flatMap((key) => [
      bench.keys.value(key),
      bench.keys.lease(key),
    ]);
    expect(await Promise.all(left.map((name) => bench.admin.exists(name)))).toEqual([0, 0, 0, 0, 0, 0, 1, 0]);
  });
});
