import { hostname } from 'node:os';
import { spawnSync } from 'node:child_process';
import { BackendRecord } from '../../../src/locks/backend-record.js';
import { LockInstanceRepository } from '../../../src/locks/lock-instance.repository.js';
import { sql } from '../../../src/kernel/sql.js';
import { FakeClock } from '../../support/fake-clock.js';
import { useTestDatabase } from '../../support/test-database.js';

describe('BackendRecord', () => {
  const database = useTestDatabase();
  const recordOf = (instance: string, backend: string, clock = new FakeClock()): BackendRecord =>
    new BackendRecord(new LockInstanceRepository(database.db), clock, instance, backend);
  const note = (name: string, backend: string) =>
    database.db.query(sql`
      INSERT INTO lock_instances (instance_id, identity, expires_at)
      VALUES (${name}, ${backend}, clock_timestamp() + interval '1 minute')`);

  beforeEach(() => database.db.query(sql`TRUNCATE lock_instances, lock_backends`));

  it('lets instances with the same backend run together, and says that it is new', async () => {
    expect([await recordOf('a', 'redis x').join(), await recordOf('b', 'redis x').join()]).toEqual([
      true,
      true,
    ]);
  });

  it('says that a backend is known which was used long ago', async () => {
    await database.db.query(sql`INSERT INTO lock_backends VALUES ('redis x', now() - interval '2 hours')`);

    expect(await recordOf('a', 'redis x').join()).toBe(false);
  });

  it.each([
    ['with another backend', 'redis x', 'postgres', 'Give all the same LOCK_* and REDIS_* settings'],
    ['whose locks are its own, as its own are', 'process 1', 'process 2', 'with LOCK_BACKEND=postgres'],
  ])('does not start beside an instance %s', async (_which, others, mine, remedy) => {
    await note('other|elsewhere|1', others);
    const clock = new FakeClock();

    const joining = recordOf('a', mine, clock)
      .join()
      .catch((error: unknown) => error);
    for (let waited = 0; waited < 60; waited += 1) {
      await database.db.query(sql`SELECT 1`);
      await clock.advance(250);
    }

    expect(await joining).toMatchObject({
      code: 'LOCK_BACKEND_MISMATCH',
      details: { others },
      message: expect.stringContaining(remedy) as string,
    });
  });

  it('takes the place of one that has left, was killed on this machine, or is silent', async () => {
    const left = recordOf('left', 'redis x');
    await left.join();
    await left.leave();
    const { pid } = spawnSync('true');
    await note(`killed|${hostname()}|${pid}`, 'redis x');
    await database.db.query(sql`
      INSERT INTO lock_instances VALUES ('silent|elsewhere|1', 'redis x', clock_timestamp() - interval '1 second')`);

    expect(await recordOf('a', 'postgres').join()).toBe(true);
  });
});
