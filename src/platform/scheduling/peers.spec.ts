import { CollectingLogger } from '../../../test/support/collecting-logger.js';
import { CountingIds } from '../../../test/support/counting-ids.js';
import { FakeClock } from '../../../test/support/fake-clock.js';
import type { LeaseRepository } from './lease.repository.js';
import { Peers } from './peers.js';

/** The table of leases, in memory, on the clock of the test. */
class Table {
  isDown = false;
  readonly leases = new Map<string, number>();
  constructor(private readonly clock: FakeClock) {}

  acquireOrRenew(job: string, _owner: string, ttlMs: number): Promise<boolean> {
    if (this.isDown) return Promise.reject(new TypeError('down'));
    this.leases.set(job, this.clock.monotonic() + ttlMs);
    return Promise.resolve(true);
  }

  countOthers(_prefix: string, owner: string): Promise<number> {
    if (this.isDown) return Promise.reject(new TypeError('down'));
    const others = [...this.leases].filter(([job, until]) => job !== owner && until > this.clock.monotonic());
    return Promise.resolve(others.length);
  }

  forgetExpired(): Promise<void> {
    return Promise.resolve();
  }

  releaseAll(owner: string): Promise<void> {
    this.leases.delete(owner);
    return Promise.resolve();
  }
}

describe('Peers', () => {
  let clock: FakeClock;
  let table: Table;
  beforeEach(() => {
    clock = new FakeClock();
    table = new Table(clock);
  });

  function instance(name: string): Peers {
    const leases = table as unknown as LeaseRepository;
    return new Peers(leases, clock, new CountingIds(name), new CollectingLogger());
  }

  async function hasSettled(promise: Promise<void>): Promise<boolean> {
    let isSettled = false;
    void promise.then(() => (isSettled = true));
    await clock.advance(0);
    return isSettled;
  }

  it('is alone from the first look on, and known at once', async () => {
    const a = instance('a');
    expect(a.alone).toBeUndefined();

    await a.watch();

    expect(a.alone).toBe(0);
    expect(await hasSettled(a.known())).toBe(true);
  });

  it('lets a newcomer wait until nobody can trust to be alone any more', async () => {
    const [a, b] = [instance('a'), instance('b')];
    await a.watch();

    await b.watch();
    const known = b.known();

    for (let waitedMs = 0; waitedMs < 2_500; waitedMs += 100) {
      expect(await hasSettled(known)).toBe(false);
      await clock.advance(100);
    }
    expect(await hasSettled(known)).toBe(true);
    expect([a.alone, b.alone]).toEqual([undefined, undefined]);
  });

  it('does not trust a look that is too old', async () => {
    const a = instance('a');
    await a.watch();

    table.isDown = true;
    await clock.advance(2_400);
    expect(a.alone).toBe(0);
    await clock.advance(200);

    expect(a.alone).toBeUndefined();
  });

  it('counts anew when it is alone again', async () => {
    const [a, b] = [instance('a'), instance('b')];
    await a.watch();
    await b.watch();
    await clock.advance(1_100);
    expect(a.alone).toBeUndefined();

    await b.beforeApplicationShutdown();
    await clock.advance(1_100);

    expect(a.alone).toBe(1);
  });

  it('lets an instance whose lease ran out wait again', async () => {
    const [a, b] = [instance('a'), instance('b')];
    await b.watch();
    table.isDown = true;
    await clock.advance(11_000);
    table.isDown = false;
    await a.watch();
    expect(a.alone).toBe(0);

    const known = b.known();

    expect(await hasSettled(known)).toBe(false);
    await clock.advance(2_500);
    expect(await hasSettled(known)).toBe(true);
    expect(a.alone).toBeUndefined();
  });

  it('keeps nobody waiting while it does not watch', async () => {
    const a = instance('a');

    expect(await hasSettled(a.known())).toBe(true);
    expect(table.leases.size).toBe(0);
  });
});
