import { Redis } from 'ioredis';
import { encodeEnvelope } from '../../../src/cache/values/envelope.js';
import { redisKeys } from '../../../src/cache/values/redis-keys.js';
import { type CacheInstance, startCache } from '../../support/cache.js';
import { eventually } from '../../support/eventually.js';
import { RedisServer } from '../../support/redis-server.js';

const NAMESPACE = 'poison';
const KEYS = redisKeys(NAMESPACE);
const KEY = 'account:1:summary';
const TEN_MB = 10 * 1_024 * 1_024;
const BOUND_MS = 2_000;

describe('cache on a Redis that holds what nobody expects', () => {
  let server: RedisServer;
  let admin: Redis;
  let a: CacheInstance;
  let b: CacheInstance;
  const value = { name: 'seven', list: [1, 2, 3] };
  const load = (): Promise<unknown> => Promise.resolve(value);

  let bomb: Buffer = Buffer.alloc(0);

  beforeAll(async () => {
    bomb = await envelopeOf('x'.repeat(TEN_MB));
    server = await RedisServer.start();
    admin = new Redis(server.url);
  });
  afterAll(async () => {
    admin.disconnect();
    await server.stop();
  });
  beforeEach(async () => {
    await admin.flushall();
    const options = { url: server.url, settings: { namespace: NAMESPACE } };
    [a, b] = await Promise.all([startCache(options), startCache(options)]);
    await eventually(() => expect([a.cache.state.bus, b.cache.state.bus]).toEqual(['live', 'live']));
  });
  afterEach(async () => {
    await Promise.all([a.close(), b.close()]);
  });

  /** What an instance has stored for KEY, as it lies in Redis; it is in no process afterwards. */
  async function stored(): Promise<Buffer> {
    const writer = await startCache({ url: server.url, settings: { namespace: NAMESPACE } });
    await writer.cache.getOrLoad(KEY, load);
    await writer.close();
    const raw = await admin.getBuffer(KEYS.value(KEY));
    if (raw === null) throw new Error('Nothing was stored.');
    return raw;
  }

  /** As an instance reads that has just started. */
  async function readAnew(): Promise<unknown> {
    const reader = await startCache({ url: server.url, settings: { namespace: NAMESPACE } });
    const read = await reader.cache.read(KEY, load);
    await reader.close();
    return read;
  }

  it('counts what it finds', async () => {
    await admin.set(KEYS.value(KEY), 'nonsense');

    await a.cache.getOrLoad(KEY, load);

    expect(a.cache.statistics.counters.poisoned).toBeGreaterThan(0);
  });

  const spoilt: readonly (readonly [title: string, spoil: (raw: Buffer) => Buffer])[] = [
    ['no bytes', () => Buffer.alloc(0)],
    ['text of somebody else', () => Buffer.from('{"name":"eight"}')],
    ['a truncated value', (raw) => raw.subarray(0, raw.length - 4)],
    ['a truncated header', (raw) => raw.subarray(0, 20)],
    ['a longer value', (raw) => Buffer.concat([raw, Buffer.from('1')])],
    ['another version', (raw) => Buffer.from(raw.toString().replace('plimsoll-cache-1', 'plimsoll-cache-9'))],
    ['a value that is no JSON', (raw) => Buffer.from(raw.toString().replace('"seven"', '"seven}'))],
    ['a value of another key', (raw) => Buffer.from(raw.toString().replace(KEY, KEY.replace('1', '2')))],
    ['bytes that are no text', () => Buffer.alloc(1_000, 0xff)],
    ['10 MB of one line', () => Buffer.alloc(TEN_MB, 'x')],
    ['a value that becomes 10 MB when it is unpacked', () => bomb],
    ['a value of 10 MB', (raw) => withPayload(raw, Buffer.from(JSON.stringify('x'.repeat(TEN_MB))))],
  ];

  it.each(spoilt)('takes %s for a miss, and stores the value anew', async (_, spoil) => {
    await admin.set(KEYS.value(KEY), spoil(await stored()), 'PX', 60_000);
    const startedAt = performance.now();

    expect(await a.cache.get(KEY)).toBeUndefined();
    expect(await a.cache.read(KEY, load)).toMatchObject({ value, source: 'loader' });

    expect(performance.now() - startedAt).toBeLessThan(BOUND_MS);
    // 10 MB may take longer than a command is given; then the next who asks stores the value.
    await eventually(async () => expect(await readAnew()).toMatchObject({ value, source: 'l2' }));
  });

  it.each([
    ['a list', (key: string) => admin.rpush(key, 'x')],
    ['a hash', (key: string) => admin.hset(key, 'x', 1)],
    ['a set', (key: string) => admin.sadd(key, 'x')],
    ['a stream', (key: string) => admin.xadd(key, '*', 'x', '1')],
  ])('puts the value, and the lease, in the place of %s', async (_, spoil) => {
    await spoil(KEYS.value(KEY));
    await spoil(KEYS.lease(KEY));

    expect(await a.cache.read(KEY, load)).toMatchObject({ value, source: 'loader' });
    expect(await b.cache.read(KEY, load)).toMatchObject({ value, source: 'l2' });
  });

  it.each([
    ['the clock', KEYS.clock],
    ['the log', KEYS.log],
    ['the members', KEYS.members],
  ])('goes on when %s is of another type', async (_, key) => {
    await a.cache.getOrLoad('x:1', () => 1);
    await b.cache.getOrLoad('x:1', () => 1);
    await admin.multi().del(key).set(key, 'nonsense').exec();

    await a.cache.invalidate({ keys: ['x:1'] });

    await eventually(async () => expect(await b.cache.getOrLoad('x:1', () => 2)).toBe(2));
    await eventually(() => expect([a.cache.state.bus, b.cache.state.bus]).toEqual(['live', 'live']));
    await a.cache.getOrLoad('x:2', () => 1);
    await eventually(async () => expect(await b.cache.get('x:2')).toBe(1));
  });

  it('answers a value of 10 MB, and keeps it nowhere', async () => {
    const long = 'x'.repeat(TEN_MB);
    let loads = 0;
    const loadLong = (): string => {
      loads += 1;
      return long;
    };

    expect(await a.cache.getOrLoad(KEY, loadLong)).toHaveLength(TEN_MB);
    expect(await a.cache.getOrLoad(KEY, loadLong)).toHaveLength(TEN_MB);

    expect(loads).toBe(2);
    // The lease is given back behind the answer.
    await eventually(async () => expect(await admin.exists(KEYS.value(KEY), KEYS.lease(KEY))).toBe(0));
    expect(a.cache.state.bus).toBe('live');
  });
});

function envelopeOf(value: unknown): Promise<Buffer> {
  const times = { storedAtMs: 0, ttlMs: 60_000, graceMs: 0, costMs: 1 };
  return encodeEnvelope(KEY, { ...times, epoch: '', asOf: 0, cells: [], fillId: 'x' }, JSON.stringify(value));
}

/** A well-formed envelope with another value: two fields of the header are its length, stored and plain. */
function withPayload(raw: Buffer, payload: Buffer): Buffer {
  const header = JSON.parse(raw.toString('utf8', 0, raw.indexOf(10))) as unknown[];
  header.splice(3, 2, payload.length, payload.length);
  return Buffer.concat([Buffer.from(`${JSON.stringify(header)}\n`), payload]);
}
