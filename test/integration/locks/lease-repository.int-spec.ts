import { LockLeaseRepository } from '../../../src/locks/stores/lock-lease.repository.js';
import { useTestDatabase } from '../../support/test-database.js';

describe('leases in PostgreSQL', () => {
  const database = useTestDatabase();
  const claim = (id: string) => ({
    id,
    ownerId: id,
    resource: 'x',
    isNested: false,
    ttlMs: 10_000,
    value: `value of ${id}`,
  });

  it('are the caller’s again when its first answer was lost, whoever waits', async () => {
    const leases = new LockLeaseRepository(database.db);
    const first = await leases.take(claim('first'));
    await leases.queue(claim('second'));

    const again = await leases.take(claim('first'));

    expect(again).toBeGreaterThan(first ?? NaN);
    expect(await leases.take(claim('second'))).toBeUndefined();
    expect(await leases.release(claim('first'))).toBe(true);
    expect(await leases.take(claim('second'))).toBeGreaterThan(again ?? NaN);
  });
});
