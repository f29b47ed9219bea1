import { type CacheInstance, startCache } from '../../support/cache.js';
import { eventually } from '../../support/eventually.js';
import { RedisServer } from '../../support/redis-server.js';

const TEN_KB = 10 * 1_024;

/** Keys that a careless cache mixes up, refuses or breaks on. */
const ODD_KEYS: readonly string[] = [
  ' ',
  'with spaces',
  'with%20spaces',
  ' leading',
  'trailing ',
  ':',
  '::',
  'a:b',
  'a:b:',
  ':a:b',
  'a%3Ab',
  '{a}',
  '{a}:b',
  '{a:b}',
  '}{',
  '{}',
  '%7b%7d',
  '%',
  '%25',
  '*',
  'a*',
  '?',
  '[a-z]',
  '"',
  "'",
  '\\',
  '\n',
  'a\nb',
  '\0',
  '\u{1F600}',
  '日本語',
  'caf\u00e9',
  'cafe\u0301',
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  '=a',
  '#a',
  'x'.repeat(256),
  'x'.repeat(257),
  'é'.repeat(128),
  'é'.repeat(129),
  'x'.repeat(TEN_KB),
  `${'x'.repeat(TEN_KB - 1)}y`,
  '{:} '.repeat(TEN_KB / 4),
];

/** Two namespaces and two keys whose careless concatenations are equal. */
const COLLISIONS: readonly (readonly [one: string, key: string, other: string, otherKey: string])[] = [
  ['a', 'b:c', 'a:b', 'c'],
  ['a', ':b', 'a:', 'b'],
  ['a', 'x', 'a}', 'x'],
  ['a', '{b}', 'a{', 'b}'],
  ['a:', 'b', 'a%3a', 'b'],
  ['a{', 'b', 'a%7b', 'b'],
  ['a', 'b', 'A', 'b'],
  ['', 'a:b', 'a', 'b'],
];

describe('cache on two instances with odd keys', () => {
  let server: RedisServer;

  beforeAll(async () => {
    server = await RedisServer.start();
  });
  afterAll(() => server.stop());
  // Pairs must not meet what other pairs left.
  beforeEach(() => server.kill().then(() => server.start()));

  async function start(...namespaces: readonly string[]): Promise<CacheInstance[]> {
    const all = await Promise.all(
      namespaces.map((namespace) =>
        startCache({ url: server.url, settings: { namespace }, commandTimeoutMs: 5_000 }),
      ),
    );
    await eventually(() => expect(all.every(({ cache }) => cache.state.bus === 'live')).toBe(true));
    return all;
  }

  async function stop(instances: readonly CacheInstance[]): Promise<void> {
    await Promise.all(instances.map((instance) => instance.close()));
  }

  it('keeps a value for each of them, apart from all others, in both tiers', async () => {
    const [a, b] = (await start('odd', 'odd')) as [CacheInstance, CacheInstance];
    await Promise.all(ODD_KEYS.map((key) => a.cache.getOrLoad(key, () => ({ key }))));

    for (const key of ODD_KEYS) {
      expect(await b.cache.read(key, () => 'nothing')).toMatchObject({ value: { key }, source: 'l2' });
      expect(await b.cache.read(key, () => 'nothing')).toMatchObject({ value: { key }, source: 'l1' });
    }
    await stop([a, b]);
  });

  it('invalidates each of them, and no other', async () => {
    const [a, b] = (await start('odder', 'odder')) as [CacheInstance, CacheInstance];
    await Promise.all(ODD_KEYS.map((key) => a.cache.getOrLoad(key, () => 1)));
    await Promise.all(ODD_KEYS.map((key) => b.cache.getOrLoad(key, () => 1)));

    for (const [index, key] of ODD_KEYS.entries()) {
      await a.cache.invalidate({ keys: [key] });
      await eventually(async () => expect(await b.cache.get(key)).toBeUndefined());
      const others = ODD_KEYS.slice(index + 1).map((other) => b.cache.get(other));
      expect((await Promise.all(others)).every((value) => value === 1)).toBe(true);
    }
    await stop([a, b]);
  });

  it('tags and depends on them', async () => {
    const [a, b] = (await start('oddest', 'oddest')) as [CacheInstance, CacheInstance];
    const tags = ODD_KEYS.filter((key) => key.length <= 1_024);
    for (const tag of tags) {
      for (const { cache } of [a, b]) {
        await cache.getOrLoad('tagged', () => 1, { tags: [tag] });
        await cache.getOrLoad('dependent', () => 1, { dependsOn: [tag] });
      }

      await a.cache.invalidate({ tags: [tag], keys: [tag] });

      await eventually(async () => expect(await b.cache.get('tagged')).toBeUndefined());
      await eventually(async () => expect(await b.cache.get('dependent')).toBeUndefined());
      await a.cache.invalidate({ keys: ['tagged', 'dependent'] });
    }
    await stop([a, b]);
  });

  it('answers nothing under one key of 10 KB but what was stored under that very key', async () => {
    const [a, b] = (await start('long', 'long')) as [CacheInstance, CacheInstance];
    const [one, other] = ['y', 'z'].map((end) => 'x'.repeat(TEN_KB) + end) as [string, string];
    await a.cache.getOrLoad(one, () => 'one');

    expect(await b.cache.read(other, () => 'other')).toMatchObject({ value: 'other', source: 'loader' });
    expect(await b.cache.read(one, () => 'lost')).toMatchObject({ value: 'one', source: 'l2' });
    await stop([a, b]);
  });

  it.each(COLLISIONS)(
    'keeps namespace %j with key %j apart from %j with %j',
    async (one, key, other, otherKey) => {
      const [a, b] = (await start(one, other)) as [CacheInstance, CacheInstance];

      expect(await a.cache.getOrLoad(key, () => 'one')).toBe('one');
      expect(await b.cache.getOrLoad(otherKey, () => 'other')).toBe('other');
      await a.cache.clear();

      expect(await b.cache.read(otherKey, () => 'lost')).toMatchObject({ value: 'other', source: 'l1' });
      expect(await a.cache.getOrLoad(key, () => 'new')).toBe('new');
      expect(a.cache.state.epoch).not.toBe(b.cache.state.epoch);
      await stop([a, b]);
    },
  );
});
