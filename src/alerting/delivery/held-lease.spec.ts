import { FakeClock } from '../../../test/support/fake-clock.js';
import { type DeliveryRepository, type Lease, LEASE_MS } from './delivery.repository.js';
import { HeldLease } from './held-lease.js';

function heldLease(clock: FakeClock, prolong: () => Promise<boolean>): HeldLease {
  return new HeldLease({} as Lease, { prolong } as unknown as DeliveryRepository, clock, clock.monotonic());
}

describe('HeldLease', () => {
  it('goes on as long as it is prolonged', async () => {
    const clock = new FakeClock();
    const held = heldLease(clock, () => Promise.resolve(true));

    await clock.advance(5 * LEASE_MS);

    expect(held.lost.aborted).toBe(false);
    held.stop();
    expect(clock.pending).toBe(0);
  });

  it('is lost after its time when the database never answers', async () => {
    const clock = new FakeClock();
    const held = heldLease(clock, () => new Promise(() => undefined));

    await clock.advance(LEASE_MS);

    expect(held.lost.aborted).toBe(true);
    expect(clock.pending).toBe(0);
  });
});
