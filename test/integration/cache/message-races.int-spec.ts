import { type CacheInstance, startCache } from '../../support/cache.js';
import { eventually } from '../../support/eventually.js';
import { InterceptedRedis } from '../../support/intercepted-redis.js';
import { RedisServer } from '../../support/redis-server.js';

/** A point at which those who arrive wait until it is opened. */
function gate(): { readonly opened: Promise<void>; open: () => void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open: () => open() };
}

describe('cache on an instance whose answers and messages overtake each other', () => {
  let server: RedisServer;
  let other: CacheInstance;
  let tested: CacheInstance;
  let link: InterceptedRedis;

  beforeAll(async () => {
    server = await RedisServer.start();
  });
  afterAll(() => server.stop());
  beforeEach(async () => {
    const url = server.url;
    const settings = { namespace: `races-${Math.trunc(performance.now() * 1_000)}` };
    other = await startCache({ url, settings });
    tested = await startCache({
      url,
      settings,
      wrap: (redis) => (link = new InterceptedRedis(redis)),
    });
    await eventually(() => expect([other.cache.state.bus, tested.cache.state.bus]).toEqual(['live', 'live']));
  });
  afterEach(async () => {
    await Promise.all([other.close(), tested.close()]);
  });

  it('does not keep what it has set when another set the key before it heard of its own success', async () => {
    const { opened, open } = gate();
    link.intercept = async (send) => {
      const answer = await send();
      // All answers come back at once but the one that says that the value is stored.
      if ((await other.cache.get('x:1')) === 'first') await opened;
      return answer;
    };
    const setting = tested.cache.set('x:1', 'first');
    await eventually(async () => expect(await other.cache.get('x:1')).toBe('first'));
    await other.cache.set('x:1', 'second');
    await eventually(() => expect(tested.cache.state.sequence).toBe(other.cache.state.sequence));

    open();
    await setting;

    expect(await tested.cache.get('x:1')).toBe('second');
  });

  it('drops what it read from Redis while its own invalidation failed', async () => {
    let version = 1;
    const load = (): Promise<number> => Promise.resolve(version);
    const options = { tags: ['red'] };
    await other.cache.getOrLoad('x:1', load, options);
    version = 2;
    const { opened, open } = gate();
    let isFirst = true;
    link.intercept = async (send) => {
      if (!isFirst) return send();
      isFirst = false;
      await opened;
      throw new TypeError('the connection broke');
    };
    const invalidating = tested.cache.invalidate({ tags: ['red'] });
    await eventually(async () => expect(await tested.cache.getOrLoad('x:1', load, options)).toBe(1));

    open();

    expect((await invalidating).sequence).toBeNull();
    expect(await tested.cache.getOrLoad('x:1', load, options)).toBe(2);
  });

  it('does not trust a look at the log from before its subscription was lost and found again', async () => {
    const [first, second] = [gate(), gate()];
    let looks = 0;
    link.tellSubscription(false);
    link.intercept = async (send) => {
      const answer = await send();
      looks += 1;
      await (looks === 1 ? first : second).opened;
      return answer;
    };
    link.tellSubscription(true);
    await eventually(() => expect(looks).toBe(1));
    link.isMuted = true;
    link.tellSubscription(false);
    await other.cache.invalidate({ tags: ['red'] });
    link.tellSubscription(true);
    link.isMuted = false;

    first.open();
    await eventually(() => expect(looks).toBeGreaterThan(1));

    expect(tested.cache.state.bus).toBe('polling');
    second.open();
    await eventually(() => expect(tested.cache.state.bus).toBe('live'));
    expect(tested.cache.state.sequence).toBe(other.cache.state.sequence);
  });

  it('lets go of what it hears of while it is cut off, though it missed what was before', async () => {
    let version = 1;
    const load = (): Promise<number> => Promise.resolve(version);
    await tested.cache.getOrLoad('x:1', load);
    await tested.cache.getOrLoad('y:1', load, { tags: ['red'] });
    version = 2;
    link.intercept = () => Promise.reject(new TypeError('the connection broke'));
    await eventually(() => expect(tested.cache.state.bus).toBe('cut-off'));
    link.isMuted = true;
    await other.cache.invalidate({ tags: ['blue'] });
    await eventually(() => expect(link.lost.at(-1)).toContain('['));
    link.isMuted = false;
    const { sequence } = tested.cache.state;

    await other.cache.invalidate({ keys: ['x:1'] });

    await eventually(async () => expect(await tested.cache.get('x:1')).not.toBe(1));
    expect(await tested.cache.get('y:1')).toBe(1);
    expect(tested.cache.state).toMatchObject({ bus: 'cut-off', sequence });
  });
});
