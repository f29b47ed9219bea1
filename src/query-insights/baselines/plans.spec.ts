import { FakeClock } from '../../../test/support/fake-clock.js';
import { DatabaseUnavailableError, TransactionConflictError } from '../../platform/database/index.js';
import { Figures } from '../profile/figures.js';
import type { ProfiledStatement } from '../profile/fingerprint-table.js';
import type { PlanRepository } from './plan.repository.js';
import { Plans } from './plans.js';

function statement(id: string): ProfiledStatement {
  const [total, window] = [new Figures(), new Figures()];
  return { id, kind: 'select', text: `SELECT ${id}`, total, window };
}

/** The first statement fails, the others have a plan. */
function plansWhere(failure: Error): Plans {
  const genericPlan = (text: string) =>
    text === 'SELECT locked' ? Promise.reject(failure) : Promise.resolve({ shape: 'Result', rows: 1 });
  return new Plans({ genericPlan } as PlanRepository, new FakeClock());
}

describe('Plans', () => {
  it('goes on with the others when the table of one statement is locked', async () => {
    const plans = plansWhere(new TransactionConflictError('55P03', undefined));

    await plans.refresh([statement('locked'), statement('free')]);

    expect([plans.known('locked'), plans.known('free')]).toEqual([undefined, { shape: 'Result', rows: 1 }]);
  });

  it('fails as a whole while the server is away', async () => {
    const plans = plansWhere(new DatabaseUnavailableError('57P01'));

    await expect(plans.refresh([statement('locked'), statement('free')])).rejects.toThrow('did not answer');
  });
});
