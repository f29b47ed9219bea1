import { Redis } from 'ioredis';
import { redisKeys } from '../../../src/cache/values/redis-keys.js';
import { type CacheInstance, startCache } from '../../support/cache.js';
import { eventually } from '../../support/eventually.js';
import { InterceptedRedis } from '../../support/intercepted-redis.js';
import { RedisServer } from '../../support/redis-server.js';

const KEY = 'x:1:y';

describe('a value that is set while another instance invalidates it', () => {
  let server: RedisServer;
  let admin: Redis;
  let a: CacheInstance;
  let b: CacheInstance;
  let link: InterceptedRedis;
  let namespace = '';
  let open: () => void;
  let opened: Promise<void>;

  beforeAll(async () => {
    server = await RedisServer.start();
    admin = new Redis(server.url);
  });
  afterAll(async () => {
    admin.disconnect();
    await server.stop();
  });
  beforeEach(async () => {
    const url = server.url;
    namespace = `set-races-${Math.trunc(performance.now() * 1_000)}`;
    const settings = { namespace };
    opened = new Promise((resolve) => (open = resolve));
    a = await startCache({ url, settings, wrap: (redis) => (link = new InterceptedRedis(redis)) });
    b = await startCache({ url, settings });
    await eventually(() => expect([a.cache.state.bus, b.cache.state.bus]).toEqual(['live', 'live']));
  });
  afterEach(async () => {
    open();
    await Promise.all([a.close(), b.close()]);
  });

  /** The moments at which the commands of A's write stop: it has its number, or its lease as well. */
  const stops: Record<string, (before: number) => Promise<boolean>> = {
    'before its lease': (before) => Promise.resolve(a.cache.state.sequence > before),
    'before its fill': async () => (await admin.exists(redisKeys(namespace).lease(KEY))) === 1,
  };
  const names = {
    'a tag of it': { tags: ['red'] },
    'its entity': { entities: [{ entity: 'x' }] },
    'its entity and id': { entities: [{ entity: 'x', id: '1' }] },
    'a key it depends on': { keys: ['base:1'] },
    everything: { everything: true },
    // Takes its lease away: it is written once more, and its value is no newer for that.
    'a tag of it and its key': { tags: ['red'], keys: [KEY] },
  };
  const cases = Object.keys(stops).flatMap((stop) =>
    Object.entries(names).flatMap(([name, what]) =>
      ['has heard', 'has not heard'].map((heard) => ({ stop, name, what, heard })),
    ),
  );

  it.each(cases)('is valid for nobody: $name, $stop, of which A $heard', async ({ stop, what, heard }) => {
    const before = a.cache.state.sequence;
    let isStopped = false;
    link.isMuted = heard === 'has not heard';
    link.intercept = async (send) => {
      if (await stops[stop]?.(before)) {
        isStopped = true;
        await opened;
      }
      return send();
    };
    const setting = a.cache.set(KEY, 'old', { tags: ['red'], dependsOn: ['base:1'] });
    await eventually(() => expect(isStopped).toBe(true));
    const { sequence } = await b.cache.invalidate(what);
    expect(sequence).not.toBeNull();
    if (!link.isMuted) await eventually(() => expect(a.cache.state.sequence).toBe(sequence));

    open();
    await setting;
    link.isMuted = false;

    const c = await startCache({ url: server.url, settings: { namespace } });
    const load = (): string => 'new';
    expect(await Promise.all([b, c].map(({ cache }) => cache.get(KEY)))).toEqual([undefined, undefined]);
    await eventually(async () => expect(await a.cache.get(KEY)).toBeUndefined());
    expect(await Promise.all([a, b, c].map(({ cache }) => cache.getOrLoad(KEY, load)))).toEqual(
      Array(3).fill('new'),
    );
    await c.close();
  });

  it('is valid for nobody when somebody who was loading the key gave way to it afterwards', async () => {
    const before = a.cache.state.sequence;
    let isStopped = false;
    let finish: (value: string) => void = () => undefined;
    link.intercept = async (send) => {
      if (a.cache.state.sequence > before) {
        isStopped = true;
        await opened;
      }
      return send();
    };
    const setting = a.cache.set(KEY, 'old', { tags: ['red'] });
    await eventually(() => expect(isStopped).toBe(true));
    const loading = b.cache.getOrLoad(KEY, () => new Promise<string>((resolve) => (finish = resolve)));
    await eventually(() => expect(b.cache.statistics.counters.loads).toBe(1));
    const { sequence } = await b.cache.invalidate({ tags: ['red'] });
    await eventually(() => expect(a.cache.state.sequence).toBe(sequence));

    open();
    await setting;
    finish('loaded');
    await loading;

    expect(await Promise.all([a, b].map(({ cache }) => cache.get(KEY)))).toEqual([undefined, undefined]);
  });

  it('is valid for all when another name is invalidated', async () => {
    const before = a.cache.state.sequence;
    let isStopped = false;
    link.intercept = async (send) => {
      if (a.cache.state.sequence > before) {
        isStopped = true;
        await opened;
      }
      return send();
    };
    const setting = a.cache.set(KEY, 'kept', { tags: ['red'] });
    await eventually(() => expect(isStopped).toBe(true));
    await b.cache.invalidate({ tags: ['blue'], keys: ['x:1:z'], entities: [{ entity: 'x', id: '2' }] });

    open();
    await setting;

    expect(await Promise.all([a, b].map(({ cache }) => cache.get(KEY)))).toEqual(['kept', 'kept']);
  });
});
