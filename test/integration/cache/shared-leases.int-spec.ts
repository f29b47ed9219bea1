import { eventually } from '../../support/eventually.js';
import {
  LEASE_MS,
  envelope,
  openSharedStores,
  type SharedStoreBench,
  TTL_MS,
} from '../../support/shared-store.js';

const SHORT_MS = 30;

describe('leases of RedisSharedStore', () => {
  let stores: Awaited<ReturnType<typeof openSharedStores>>;
  let bench: SharedStoreBench;

  beforeAll(async () => {
    stores = await openSharedStores();
  });
  afterAll(() => stores.close());
  beforeEach(() => {
    bench = stores.next();
  });

  it('makes one the loader, and tells the others how long at most', async () => {
    const answers = await Promise.all([bench.lease('a'), bench.lease('b'), bench.lease('c')]);

    expect(answers.map(({ kind }) => kind)).toEqual(['leased', 'busy', 'busy']);
    for (const { remainingMs } of answers.filter((answer) => answer.kind === 'busy')) {
      expect(remainingMs).toBeGreaterThan(LEASE_MS - 1_000);
      expect(remainingMs).toBeLessThanOrEqual(LEASE_MS);
    }
  });

  it('lets those who ask prolong nothing', async () => {
    await bench.lease('a', SHORT_MS);

    await eventually(async () => expect((await bench.lease('b')).kind).toBe('leased'));
  });

  it('tells the loader where the invalidation clock stands', async () => {
    const before = await bench.lease('a');
    await bench.store.drop([bench.key]);
    await bench.admin.hset(bench.keys.clock, 'epoch', 'e1', 'seq', 41);

    expect(before).toEqual({ kind: 'leased', epoch: '', sequence: 0 });
    expect(await bench.lease('b')).toEqual({ kind: 'leased', epoch: 'e1', sequence: 41 });
  });

  it('answers a value that is there, and leases nothing', async () => {
    await bench.admin.set(bench.valueName, envelope);

    expect(await bench.lease('a')).toEqual({ kind: 'value', raw: envelope });
    expect(await bench.admin.get(bench.leaseName)).toBeNull();
  });

  it('takes the value that its reader refused for none, and answers any other', async () => {
    const seenHead = Buffer.from('head\n');
    await bench.admin.set(bench.valueName, 'other\nvalue');
    const other = await bench.store.lease(bench.key, { token: 'a', leaseMs: LEASE_MS, seenHead });
    await bench.admin.set(bench.valueName, envelope);
    const refused = await bench.store.lease(bench.key, { token: 'a', leaseMs: LEASE_MS, seenHead });

    expect(other).toEqual({ kind: 'value', raw: Buffer.from('other\nvalue') });
    expect(refused.kind).toBe('leased');
    expect(await bench.stored()).toEqual(envelope);
  });

  it.each(['value', 'lease'] as const)('puts a lease in the place of a %s that is no text', async (kind) => {
    await bench.admin.rpush(bench.keys[kind](bench.key), 'x');

    expect((await bench.lease('a')).kind).toBe('leased');

    expect(await bench.fill('a')).toBe(true);
    expect(await bench.stored()).toEqual(envelope);
  });

  it('takes a value without bytes for none', async () => {
    await bench.admin.set(bench.valueName, '');

    expect((await bench.lease('a')).kind).toBe('leased');
  });

  it('does not wait for a lease that never ends', async () => {
    await bench.admin.set(bench.leaseName, 'of somebody else');

    expect((await bench.lease('a')).kind).toBe('leased');
    expect(await bench.admin.pttl(bench.leaseName)).toBeGreaterThan(0);
  });

  it('is prolonged for its holder alone', async () => {
    await bench.lease('a', 1_000);
    const others = await bench.store.extend(bench.key, 'b', TTL_MS);
    const remainingMs = await bench.admin.pttl(bench.leaseName);

    expect([others, await bench.store.extend(bench.key, 'a', LEASE_MS)]).toEqual([false, true]);
    expect(remainingMs).toBeLessThanOrEqual(1_000);
    expect(await bench.admin.pttl(bench.leaseName)).toBeGreaterThan(1_000);
  });

  it('is prolonged for a holder for whom others wait', async () => {
    await bench.lease('a', 1_000);
    await bench.lease('b');

    expect(await bench.store.extend(bench.key, 'a', LEASE_MS)).toBe(true);
    expect((await bench.lease('b')).kind).toBe('busy');
    expect(await bench.fill('a')).toBe(true);
  });

  it('is not prolonged when it has ended or is no text', async () => {
    const never = await bench.store.extend(bench.key, 'a', LEASE_MS);
    await bench.admin.rpush(bench.leaseName, 'a');

    expect([never, await bench.store.extend(bench.key, 'a', LEASE_MS)]).toEqual([false, false]);
    expect(await bench.admin.pttl(bench.leaseName)).toBe(-1);
  });

  it('is given back by its holder alone', async () => {
    await bench.lease('a');
    await bench.store.release(bench.key, 'b');
    const afterOther = await bench.admin.get(bench.leaseName);
    await bench.store.release(bench.key, 'a');

    expect([afterOther, await bench.admin.get(bench.leaseName)]).toEqual(['a', null]);
  });
});
