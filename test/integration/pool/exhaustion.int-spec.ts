import { sql } from '../../../src/kernel/sql.js';
import { PoolExhaustedError } from '../../../src/platform/database/index.js';
import { runAs } from '../../../src/platform/runtime/index.js';
import { eventually } from '../../support/eventually.js';
import { openWatchedPool, type WatchedPool } from '../../support/pool.js';
import { useTestDatabase } from '../../support/test-database.js';

const HERE = 'exhaustion.int-spec.ts';

describe('a pool with more callers than connections', () => {
  const database = useTestDatabase();
  let watched: WatchedPool;

  afterEach(() => watched.close());

  it('serves 200 callers on 5 connections, in order, and loses none', async () => {
    watched = openWatchedPool(database.url, { database: { poolMax: 5 } });
    const order: number[] = [];
    const callers = Array.from({ length: 200 }, async (_, index) => {
      const checkout = await watched.db.checkOut();
      order.push(index);
      await checkout.query(sql`SELECT pg_sleep(0.005)`);
      checkout.release();
    });

    await eventually(() => expect(watched.pool.usage().waiting).toBeGreaterThan(100));
    await Promise.all(callers);

    // Connections are opened at once and become usable in any order: the first five may change places.
    expect(order).toHaveLength(200);
    expect(order.slice(5)).toEqual([...order.slice(5)].sort((a, b) => a - b));
    expect(watched.pool.usage()).toMatchObject({ active: 0, waiting: 0 });
    const report = await watched.pool.report();
    expect(report.acquireMs.count).toBe(200);
    // Sequelize opens one more at first, to learn the server's version.
    expect(report.creationMs.count).toBe(6);
    expect(report.connectionsLost).toBe(0);
  });

  it('names every holder to operators when a caller waited in vain, and none to the caller', async () => {
    watched = openWatchedPool(database.url, { database: { poolMax: 2, poolAcquireMs: 300 } });
    const work = { requestId: 'req-9', route: () => 'POST /things', tenantId: 'acme' };
    const idle = await runAs(work, () => watched.db.checkOut());
    await idle.query(sql`BEGIN`);
    const busy = watched.sequelize.transaction((transaction) =>
      watched.sequelize.query("SELECT pg_sleep(1.5), 'hidden'", { transaction }),
    );
    await eventually(() => expect(watched.pool.usage().active).toBe(2));

    const error: unknown = await watched.db.query(sql`SELECT 1 AS one`).catch((reason: unknown) => reason);
    await idle.query(sql`ROLLBACK`);
    idle.release();
    await busy;

    expect(error).toBeInstanceOf(PoolExhaustedError);
    const { message, details, holders } = error as PoolExhaustedError;
    expect(holders).toMatchObject([
      {
        site: expect.stringContaining(HERE),
        requestId: 'req-9',
        route: 'POST /things',
        tenantId: 'acme',
        lastSql: 'BEGIN',
        serverState: 'idle in transaction',
      },
      { site: expect.stringContaining(HERE), lastSql: 'SELECT pg_sleep(?), ?', serverState: 'active' },
    ]);
    expect(details).toMatchObject({ max: 2, waiting: 0 });
    expect(JSON.stringify({ message, details })).not.toMatch(/req-9|acme|exhaustion/);
    expect(watched.logger.lines).toMatchObject([
      { level: 'warn', message: 'The connection pool is exhausted', fields: { holders: [{}, {}] } },
    ]);
    expect((await watched.pool.report()).timeouts).toBe(1);
  });

  it('replaces connections by their age, and not all at the same moment', async () => {
    watched = openWatchedPool(database.url, { database: { connectionMaxAgeMs: 1_000, poolMax: 1 } });
    const pid = async (): Promise<number | undefined> =>
      (await watched.db.read<{ pid: number }>(sql`SELECT pg_backend_pid() AS pid`))[0]?.pid;
    const first = await pid();
    expect(await pid()).toBe(first);

    await eventually(async () => expect(await pid()).not.toBe(first));
  });
});
