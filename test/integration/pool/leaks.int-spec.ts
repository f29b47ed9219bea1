import type { Client } from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { sql } from '../../../src/kernel/sql.js';
import { collectGarbage, runAs } from '../../../src/platform/runtime/index.js';
import { eventually } from '../../support/eventually.js';
import { openWatchedPool, seekUntil, type WatchedPool } from '../../support/pool.js';
import { useTestDatabase } from '../../support/test-database.js';

const HERE = 'leaks.int-spec.ts';

describe('connections that nobody gives back', () => {
  const database = useTestDatabase();
  let watched: WatchedPool | undefined;

  function open(overrides: Parameters<typeof openWatchedPool>[1] = {}): WatchedPool {
    watched = openWatchedPool(database.url, overrides);
    return watched;
  }

  afterEach(async () => {
    await watched?.close();
    watched = undefined;
  });

  /** In a function of its own, so that nothing here refers to what it leaks. */
  async function leakSession({ db }: WatchedPool): Promise<void> {
    await new Promise<void>((resolve) => {
      void db.transaction(async (tx) => {
        await tx.query(sql`SELECT pg_advisory_xact_lock(42)`);
        resolve();
        await new Promise(() => undefined);
        await tx.query(sql`SELECT 2 AS two`);
      });
    });
  }

  async function leakCheckout({ db }: WatchedPool): Promise<void> {
    const checkout = await db.checkOut();
    await checkout.query(sql`BEGIN`);
  }

  async function leakSequelizeTransaction({ sequelize }: WatchedPool): Promise<void> {
    const transaction = await sequelize.transaction();
    await sequelize.query('SELECT 1', { transaction });
  }

  async function leakRawClient({ sequelize }: WatchedPool): Promise<void> {
    const manager = sequelize.connectionManager as unknown as {
      getConnection(): Promise<{ query(text: string): Promise<unknown> }>;
    };
    const client = await manager.getConnection();
    await client.query('BEGIN');
  }

  it.each([
    ['a transaction whose work never ends', leakSession],
    ['a checkout', leakCheckout],
    ['a transaction of Sequelize', leakSequelizeTransaction],
    ['a raw client', leakRawClient],
  ])(
    'proves the leak of %s, and takes the connection back',
    async (_name, leak) => {
      const pool = open({ database: { poolMax: 2 } });
      const work = { requestId: 'req-7', route: () => 'GET /leaky', tenantId: 'acme' };
      await runAs(work, () => leak(pool));
      expect(pool.pool.usage()).toMatchObject({ active: 1 });

      await seekUntil(pool.pool, () => pool.pool.usage().active === 0);

      expect(pool.pool.usage()).toMatchObject({ active: 0 });
      expect(pool.pool.leaks()).toMatchObject([
        {
          verdict: 'proven',
          outcome: 'reclaimed',
          site: expect.stringContaining(HERE),
          requestId: 'req-7',
          route: 'GET /leaky',
          tenantId: 'acme',
        },
      ]);
      expect(pool.logger.messages('error')).toHaveLength(1);
      expect(pool.logger.messages('info')).toContain('A connection that was reported is no longer held');
      const both = await Promise.all([1, 2].map(() => pool.db.checkOut()));
      for (const checkout of both) checkout.release();
    },
    30_000,
  );

  it('proves nothing about work that still runs, however long', async () => {
    const pool = open({ database: { poolMax: 4 } });
    const ends: (() => void)[] = [];
    const gate = new Promise<void>((resolve) => ends.push(resolve));
    // The handle is used for the last time before the wait.
    const session = pool.db.session(async (s) => {
      await s.query(sql`SELECT 1 AS one`);
      await gate;
      return 'done';
    });
    const managed = pool.sequelize.transaction(async (transaction) => {
      await pool.sequelize.query('SELECT 1', { transaction });
      await gate;
    });
    const sleeping = pool.db.transaction((tx) => tx.query(sql`SELECT pg_sleep(1.5)`));
    let isOver = false;
    const slept = sleeping.then(() => (isOver = true));

    await seekUntil(pool.pool, () => isOver);
    ends[0]?.();

    await expect(Promise.all([session, managed, slept])).resolves.toMatchObject(['done', undefined, true]);
    expect(pool.pool.leaks()).toEqual([]);
  });

  it('keeps the connection of the next holder when a raw client is given back twice', async () => {
    const pool = open({ database: { poolMax: 1 } });
    const manager = pool.sequelize.connectionManager as unknown as {
      getConnection(): Promise<object>;
      releaseConnection(client: object): void;
    };
    const client = await manager.getConnection();
    manager.releaseConnection(client);
    const next = await pool.db.checkOut();

    manager.releaseConnection(client);

    expect(pool.pool.usage()).toMatchObject({ active: 1, idle: 0 });
    next.release();
    expect(pool.pool.usage()).toMatchObject({ active: 0, idle: 1 });
  });

  it('proves nothing about a raw client that listens, or whose stream is read', async () => {
    const pool = open({ database: { poolMax: 3 } });
    const manager = pool.sequelize.connectionManager as unknown as {
      getConnection(): Promise<Client>;
      releaseConnection(client: unknown): void;
    };
    const heard: string[] = [];
    const listen = async (): Promise<void> => {
      const client = await manager.getConnection();
      client.on('notification', ({ payload = '' }) => heard.push(payload));
      await client.query('LISTEN leaks');
    };
    const openStream = async (): Promise<AsyncIterable<Buffer>> =>
      (await manager.getConnection()).query(copyTo('COPY (SELECT generate_series(1, 200000)) TO STDOUT'));
    await listen();
    const stream = await openStream();

    for (let round = 0; round < 5; round += 1) {
      await collectGarbage();
      await pool.db.query(sql`SELECT 1 AS one`);
    }

    expect(pool.pool.leaks()).toEqual([]);
    let rows = 0;
    for await (const piece of stream) rows += piece.toString().split('\n').length - 1;
    expect(rows).toBe(200_000);
    await pool.db.query(sql`SELECT pg_notify('leaks', 'still here')`);
    await eventually(() => expect(heard).toEqual(['still here']));
    await database.db.query(sql`
      SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE datname = current_database() AND pid <> pg_backend_pid()`);
    await eventually(() => expect(pool.pool.usage()).toMatchObject({ active: 0 }));
  });

  it('suspects a transaction that stands idle for too long, and says so when it comes back', async () => {
    const pool = open({ pool: { leakAfterMs: 100 } });
    const checkout = await pool.db.checkOut();
    await checkout.query(sql`BEGIN`);
    await checkout.query(sql`SELECT 'secret' AS value, ${'hidden'}::text AS parameter`);

    const leaks = await eventually(async () => {
      await pool.pool.inspectHolders();
      expect(pool.pool.leaks()).toHaveLength(1);
      return pool.pool.leaks();
    });
    await pool.pool.inspectHolders();
    await checkout.query(sql`ROLLBACK`);
    checkout.release();

    expect(leaks).toMatchObject([
      {
        verdict: 'suspected',
        outcome: 'held',
        serverState: 'idle in transaction',
        site: expect.stringContaining(HERE),
        lastSql: 'SELECT ? AS value, $1::text AS parameter',
      },
    ]);
    expect(pool.pool.leaks()).toMatchObject([{ verdict: 'suspected', outcome: 'returned' }]);
    expect(pool.logger.messages('warn')).toHaveLength(1);
    expect(pool.logger.messages('info')).toHaveLength(1);
  });

  it('does not suspect a transaction that goes from statement to statement', async () => {
    const pool = open({ pool: { leakAfterMs: 3_000 } });
    const checkout = await pool.db.checkOut();
    await checkout.query(sql`BEGIN`);

    while (pool.pool.leaks().length === 0) {
      await checkout.query(sql`SELECT 1 AS one`);
      await pool.pool.inspectHolders();
    }
    await checkout.query(sql`ROLLBACK`);
    checkout.release();

    expect(pool.pool.leaks()).toMatchObject([{ verdict: 'long-running', outcome: 'returned' }]);
  });

  it('tells a long statement and a victim of a lock from a leak, and names the blocker', async () => {
    const pool = open({ pool: { leakAfterMs: 100 } });
    const blocker = await pool.db.checkOut();
    await blocker.query(sql`SELECT pg_advisory_lock(43)`);
    const victim = pool.db.session(async (s) => {
      await s.query(sql`SELECT pg_advisory_lock(43)`);
      await s.query(sql`SELECT pg_advisory_unlock(43)`);
    });
    const slow = pool.db.session((s) => s.query(sql`SELECT pg_sleep(1)`));

    const leaks = await eventually(async () => {
      await pool.pool.inspectHolders();
      expect(pool.pool.leaks()).toHaveLength(3);
      return pool.pool.leaks();
    });
    await blocker.query(sql`SELECT pg_advisory_unlock(43)`);
    blocker.release();
    await Promise.all([victim, slow]);

    const verdicts = leaks.map(({ verdict }) => verdict).sort();
    expect(verdicts).toEqual(['blocked', 'long-running', 'suspected']);
    expect(leaks.find(({ verdict }) => verdict === 'blocked')).toMatchObject({
      blockedBy: [{ site: expect.stringContaining(HERE) }],
    });
  });
});
