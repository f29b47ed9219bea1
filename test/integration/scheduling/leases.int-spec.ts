import { sql } from '../../../src/kernel/sql.js';
import { LeaseRepository } from '../../../src/platform/scheduling/lease.repository.js';
import { useTestDatabase } from '../../support/test-database.js';

const LONG_MS = 60_000;

describe('LeaseRepository on PostgreSQL', () => {
  const pg = useTestDatabase();

  afterEach(() => pg.db.query(sql`DELETE FROM scheduler_leases`));

  it('gives a lease to one of two owners, who can renew it', async () => {
    const leases = new LeaseRepository(pg.db);

    expect(await leases.acquireOrRenew('job', 'a', LONG_MS)).toBe(true);
    expect(await leases.acquireOrRenew('job', 'b', LONG_MS)).toBe(false);
    expect(await leases.acquireOrRenew('job', 'a', LONG_MS)).toBe(true);
  });

  it('gives a lease to exactly one of many that ask at once', async () => {
    const leases = new LeaseRepository(pg.db);
    const owners = Array.from({ length: 20 }, (_, index) => `owner-${index}`);

    const answers = await Promise.all(owners.map((owner) => leases.acquireOrRenew('job', owner, LONG_MS)));

    expect(answers.filter(Boolean)).toHaveLength(1);
  });

  it('hands an expired lease over, once', async () => {
    const leases = new LeaseRepository(pg.db);
    await leases.acquireOrRenew('job', 'a', LONG_MS);
    await pg.db.query(sql`UPDATE scheduler_leases SET expires_at = clock_timestamp() - interval '1 second'`);

    const answers = await Promise.all(
      ['b', 'c'].map((owner) => leases.acquireOrRenew('job', owner, LONG_MS)),
    );

    expect(answers.filter(Boolean)).toHaveLength(1);
    expect(await leases.acquireOrRenew('job', 'a', LONG_MS)).toBe(false);
  });

  it('releases the leases of one owner only', async () => {
    const leases = new LeaseRepository(pg.db);
    await leases.acquireOrRenew('mine', 'a', LONG_MS);
    await leases.acquireOrRenew('other', 'b', LONG_MS);

    await leases.releaseAll('a');

    expect(await leases.acquireOrRenew('mine', 'c', LONG_MS)).toBe(true);
    expect(await leases.acquireOrRenew('other', 'c', LONG_MS)).toBe(false);
  });
});
