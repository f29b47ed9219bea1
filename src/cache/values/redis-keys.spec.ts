import { redisKeys } from './redis-keys.js';

/** What Redis Cluster hashes of a name: between the first brace and the next one that closes. */
function hashTag(name: string): string {
  const open = name.indexOf('{');
  const close = name.indexOf('}', open + 1);
  return open === -1 || close <= open + 1 ? name : name.slice(open + 1, close);
}

const KEYS = [
  'a',
  'a:b',
  'a%3Ab',
  '{a}',
  'a}',
  '%7ba%7d',
  '=a',
  '#a',
  ' a',
  'a\n',
  'é',
  'e\u0301',
  '__proto__',
  'k'.repeat(256),
  'k'.repeat(257),
  'k'.repeat(10_000),
  '漢'.repeat(85),
  '漢'.repeat(86),
  '}'.repeat(300),
];

describe('redisKeys', () => {
  const keys = redisKeys('plimsoll');

  it('gives every key a name of its own', () => {
    expect(new Set(KEYS.map(keys.value)).size).toBe(KEYS.length);
  });

  it('gives no key the name that another gets by being hashed', () => {
    const hashed = keys.loadName('k'.repeat(300));

    expect(keys.value(hashed)).not.toBe(keys.value('k'.repeat(300)));
    expect(hashed).toMatch(/^#[\w-]{43}$/);
  });

  it('keeps names short, however long the key is', () => {
    for (const key of KEYS) expect(Buffer.byteLength(keys.value(key))).toBeLessThan(256 * 3 + 100);
  });

  it('puts the value and the lease of a key into one slot, and other keys into others', () => {
    for (const key of KEYS) expect(hashTag(keys.lease(key))).toBe(hashTag(keys.value(key)));
    expect(new Set(KEYS.map((key) => hashTag(keys.value(key)))).size).toBe(KEYS.length);
  });

  it('puts the parts of the clock into one slot', () => {
    const tags = [keys.clock, keys.log, keys.members].map(hashTag);

    expect(new Set(tags).size).toBe(1);
  });

  it('never gives two namespaces one name', () => {
    const spaces = ['', 'a', 'a:', 'a:b', 'a%3ab', '{a}', 'a}', 'c1:a', 'a:=b', ':', '%'];
    const names = spaces.flatMap((space) => {
      const of = redisKeys(space);
      const ids = ['a', 'b', '=b', 'b:=b', ':a'];
      const single = [of.clock, of.log, of.members, of.channel, of.loadsChannel, of.warmup, of.lastWarmup];
      return [...single, ...ids.flatMap((id) => [of.value(id), of.lease(id)])];
    });

    expect(new Set(names).size).toBe(names.length);
  });
});
