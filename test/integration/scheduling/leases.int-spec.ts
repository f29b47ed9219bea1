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

  it('counts the live leases of others under a prefix, and forgets those that have run out', async () => {
    const leases = new LeaseRepository(pg.db);
    for (const owner of ['instance:a', 'instance:b', 'instance:c']) {
      await leases.acquireOrRenew(owner, owner, owner === 'instance:c' ? 0 : LONG_MS);
    }
    await leases.acquireOrRenew('job', 'x', 0);

    expect(await leases.countOthers('instance:', 'instance:a')).toBe(1);
    expect(await leases.countOthers('instance:', 'instance:c')).toBe(2);
    await leases.forgetExpired('instance:');

    const rows = await pg.db.query<{ job: string }>(sql`SELECT job FROM scheduler_leases ORDER BY job`);
    expect(rows.map(({ job }) => job)).toEqual(['instance:a', 'instance:b', 'job']);
  });
});
