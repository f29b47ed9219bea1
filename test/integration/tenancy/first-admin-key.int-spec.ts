import { SystemClock } from '../../../src/kernel/clock.js';
import { tenancyOn } from '../../support/tenancy.js';
import { useTestDatabase } from '../../support/test-database.js';

const pg = useTestDatabase();

describe('the first admin key', () => {
  it('is made once when several instances start at once, and opens everything', async () => {
    const instances = Array.from({ length: 5 }, () => tenancyOn(pg.db, new SystemClock()));

    const made = (await Promise.all(instances.map(({ first }) => first.ensure()))).flatMap(
      (key) => key ?? [],
    );

    expect(made).toEqual([expect.stringMatching(/^plim_[0-9a-z]{12}_[0-9a-z]{50}$/)]);
    for (const { authenticator } of instances) {
      expect(await authenticator.authenticate(made[0] ?? '')).toMatchObject({
        role: 'admin',
        isOperator: true,
      });
    }
  });
});
