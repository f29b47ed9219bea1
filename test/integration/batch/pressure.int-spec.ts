import { PressureRepository } from '../../../src/batch/control/pressure.repository.js';
import { sql } from '../../../src/kernel/sql.js';
import { eventually } from '../../support/eventually.js';
import { useTestDatabase } from '../../support/test-database.js';

describe('PressureRepository on PostgreSQL', () => {
  const pg = useTestDatabase({ config: { poolMax: 4 } });

  it('finds nothing on an idle server without replicas', async () => {
    const repository = new PressureRepository(pg.db);

    expect(await repository.read()).toEqual({ replicationLagMs: 0, lockWaits: 0 });
    expect(repository.poolWaits).toBe(0);
  });

  it('counts the sessions that wait for a lock, while they wait', async () => {
    const repository = new PressureRepository(pg.db);
    const lock = sql`LOCK TABLE batch_jobs IN ACCESS EXCLUSIVE MODE`;
    let waiting: Promise<unknown> = Promise.resolve();

    await pg.db.transaction(async (tx) => {
      await tx.query(lock);
      waiting = Promise.all([1, 2].map(() => pg.db.transaction((other) => other.query(lock))));
      await eventually(async () => expect(await repository.read()).toMatchObject({ lockWaits: 2 }));
    });

    await waiting;
    expect(await repository.read()).toMatchObject({ lockWaits: 0 });
  });

  it('counts the callers that wait for a connection', async () => {
    const repository = new PressureRepository(pg.db);
    let open = (): void => undefined;
    const gate = new Promise<void>((resolve) => (open = resolve));

    const sessions = Array.from({ length: 7 }, () => pg.db.session(() => gate));
    await eventually(() => expect(repository.poolWaits).toBe(3));
    open();

    await Promise.all(sessions);
    expect(repository.poolWaits).toBe(0);
  });
});
