import { FakeClock } from '../../../test/support/fake-clock.js';
import { TenantVisits } from './tenant-visits.js';

describe('TenantVisits', () => {
  it('forgets those who were here longest ago when there are too many', () => {
    const visits = new TenantVisits(new FakeClock());
    visits.isReturn('first');
    visits.isReturn('second');
    visits.isReturn('first');

    for (let i = 0; i < 9_999; i += 1) visits.isReturn(`tenant-${i}`);

    expect([visits.isReturn('first'), visits.isReturn('second')]).toEqual([false, true]);
  });
});
