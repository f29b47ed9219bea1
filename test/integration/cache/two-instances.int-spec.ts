import { type CacheInstance, type CacheInstanceOptions, startCache } from '../../support/cache.js';
import { eventually } from '../../support/eventually.js';
import { RedisServer } from '../../support/redis-server.js';

describe('cache on two instances with Redis', () => {
  let server: RedisServer;
  let a: CacheInstance;
  let b: CacheInstance;
  let loads = 0;
  let source = 0;

  beforeAll(async () => {
    server = await RedisServer.start();
  });
  afterAll(() => server.stop());
  beforeEach(async () => {
    loads = 0;
    source = 0;
    const options: CacheInstanceOptions = {
      url: server.url,
      settings: { namespace: `test-${Math.trunc(performance.now() * 1000)}` },
    };
    [a, b] = await Promise.all([startCache(options), startCache(options)]);
    await eventually(() => expect([a.cache.state.bus, b.cache.state.bus]).toEqual(['live', 'live']));
  });
  afterEach(async () => {
    await Promise.all([a.close(), b.close()]);
  });

  const load = (): Promise<{ version: number }> => {
    loads += 1;
    return Promise.resolve({ version: source });
  };

  it('loads a value once for both, and answers it from memory afterwards', async () => {
    const first = await Promise.all(
      Array.from({ length: 50 }, (_, i) => (i % 2 ? a : b).cache.getOrLoad('x:1', load)),
    );
    const again = await b.cache.read('x:1', load);

    expect(first.every(({ version }) => version === 0)).toBe(true);
    expect(loads).toBe(1);
    expect(again.source).toBe('l1');
  });

  it.each([
    ['its key', { keys: ['x:1:y'] }],
    ['a tag', { tags: ['red'] }],
    ['its entity', { entities: [{ entity: 'x' }] }],
    ['its entity and id', { entities: [{ entity: 'x', id: '1' }] }],
    ['a pattern', { patterns: ['x:1:*'] }],
    ['a key it depends on', { keys: ['base:1'] }],
    ['everything', { everything: true }],
  ])('drops the copies on both when A invalidates %s', async (_, what) => {
    const options = { tags: ['red'], dependsOn: ['base:1'] };
    await a.cache.getOrLoad('x:1:y', load, options);
    await b.cache.getOrLoad('x:1:y', load, options);
    await b.cache.getOrLoad('other:1', load);
    source = 1;

    await a.cache.invalidate(what);

    expect(await a.cache.getOrLoad('x:1:y', load, options)).toEqual({ version: 1 });
    await eventually(async () =>
      expect(await b.cache.getOrLoad('x:1:y', load, options)).toEqual({ version: 1 }),
    );
    if (!('everything' in what)) expect((await b.cache.read('other:1', load)).source).toBe('l1');
  });

  it('passes on what a dependency depends on', async () => {
    const base = (): Promise<unknown> => b.cache.getOrLoad('base:1', load, { tags: ['deep'] });
    await b.cache.getOrLoad('top:1', base, { dependsOn: ['base:1'] });
    source = 1;

    await a.cache.invalidate({ tags: ['deep'] });

    await eventually(async () =>
      expect(await b.cache.getOrLoad('top:1', base, { dependsOn: ['base:1'] })).toEqual({ version: 1 }),
    );
  });

  it('refuses what a loader brings that began before an invalidation', async () => {
    let finish: (value: { version: number }) => void = () => undefined;
    const slow = a.cache.getOrLoad(
      'x:2',
      () => new Promise<{ version: number }>((resolve) => (finish = resolve)),
    );
    await eventually(() => expect(a.cache.statistics.counters.loads).toBe(1));
    await b.cache.invalidate({ keys: ['x:2'] });
    source = 1;

    finish({ version: 0 });

    expect(await slow).toEqual({ version: 0 });
    expect(await a.cache.getOrLoad('x:2', load)).toEqual({ version: 1 });
    expect(await b.cache.getOrLoad('x:2', load)).toEqual({ version: 1 });
    expect(a.cache.statistics.counters.refusedFills).toBe(1);
  });

  it('answers what was set, on both', async () => {
    await a.cache.getOrLoad('x:3', load);
    await b.cache.getOrLoad('x:3', load);

    await b.cache.set('x:3', { version: 9 });

    expect(await b.cache.get('x:3')).toEqual({ version: 9 });
    await eventually(async () => expect(await a.cache.get('x:3')).toEqual({ version: 9 }));
  });

  it('goes on without Redis, and joins again when it is back', async () => {
    await a.cache.getOrLoad('x:4', load);
    await server.kill();
    try {
      await eventually(() => expect(a.cache.state.bus).toBe('cut-off'));
      expect(await a.cache.getOrLoad('x:4', load)).toEqual({ version: 0 });
      expect(await a.cache.getOrLoad('x:5', load)).toEqual({ version: 0 });
      source = 1;
      expect((await a.cache.invalidate({ keys: ['x:4'] })).reach).toBe('later');
      expect(await a.cache.getOrLoad('x:4', load)).toEqual({ version: 1 });
    } finally {
      await server.start();
    }
    await eventually(() => expect([a.cache.state.bus, b.cache.state.bus]).toEqual(['live', 'live']));
    expect(await b.cache.getOrLoad('x:4', load)).toEqual({ version: 1 });
    expect(await a.cache.getOrLoad('x:5', load)).toEqual({ version: 1 });
  });
});
