import { setTimeout as pause } from 'node:timers/promises';
import { sql } from '../../../src/kernel/sql.js';
import { eventually } from '../../support/eventually.js';
import { OwnPostgres } from '../../support/own-postgres.js';
import { openWatchedPool, type WatchedPool } from '../../support/pool.js';

const SERVER_MS = 120_000;

interface Outcome {
  done: number;
  readonly errors: unknown[];
}

/** Callers that go on until told to stop. */
class Load {
  readonly reads: Outcome = { done: 0, errors: [] };
  readonly writes: Outcome = { done: 0, errors: [] };
  private isStopped = false;
  private readonly running: Promise<void>[] = [];

  constructor(private readonly watched: WatchedPool) {}

  start(readers: number, writers: number): this {
    const { db } = this.watched;
    const read = (): Promise<unknown> => db.read(sql`SELECT pg_sleep(0.002), 1 AS one`);
    const write = (): Promise<unknown> => db.execute(sql`UPDATE counters SET value = value + 1 WHERE id = 1`);
    for (let index = 0; index < readers; index += 1) this.running.push(this.loop(read, this.reads));
    for (let index = 0; index < writers; index += 1) this.running.push(this.loop(write, this.writes));
    return this;
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    await Promise.all(this.running);
  }

  private async loop(work: () => Promise<unknown>, outcome: Outcome): Promise<void> {
    while (!this.isStopped) {
      try {
        await work();
        outcome.done += 1;
      } catch (error) {
        outcome.errors.push(error);
        await pause(1);
      }
    }
  }
}

describe('a pool whose server fails', () => {
  let server: OwnPostgres;
  let watched: WatchedPool;

  beforeAll(async () => {
    server = await OwnPostgres.create();
    const setUp = openWatchedPool(server.url);
    await setUp.db.query(sql`CREATE TABLE counters (id integer PRIMARY KEY, value bigint NOT NULL)`);
    await setUp.db.query(sql`INSERT INTO counters VALUES (1, 0)`);
    await setUp.close();
  }, SERVER_MS);
  afterAll(() => server.remove(), SERVER_MS);
  afterEach(() => watched.close());

  async function terminateAll(): Promise<number> {
    const admin = openWatchedPool(server.url, { database: { poolMax: 1 } });
    const rows = await admin.db.query(sql`
      SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE application_name = 'plimsoll' AND pid <> pg_backend_pid()`);
    await admin.close();
    return rows.length;
  }

  it('hands out no connection that was ended while it was idle', async () => {
    watched = openWatchedPool(server.url, { database: { poolMin: 5 } });
    const checkouts = await Promise.all([1, 2, 3, 4, 5].map(() => watched.db.checkOut()));
    for (const checkout of checkouts) checkout.release();

    expect(await terminateAll()).toBe(5);

    const answers = await Promise.allSettled(
      Array.from({ length: 20 }, () => watched.db.read<{ one: number }>(sql`SELECT 1 AS one`)),
    );
    expect(answers.filter(({ status }) => status === 'rejected')).toEqual([]);
  });

  it('fails each statement once when its connection is ended, reads not at all', async () => {
    watched = openWatchedPool(server.url);
    const load = new Load(watched).start(4, 2);
    let killed = 0;
    for (let round = 0; round < 5; round += 1) {
      await pause(100);
      killed += await terminateAll();
    }
    await pause(100);

    await load.stop();

    expect(load.reads.errors).toEqual([]);
    expect(load.writes.errors.length).toBeLessThanOrEqual(killed);
    expect(load.reads.done).toBeGreaterThan(20);
    expect(watched.pool.usage()).toMatchObject({ active: 0, waiting: 0 });
  });

  it('loses a transaction whose connection is ended, and nothing else', async () => {
    watched = openWatchedPool(server.url);
    const broken = watched.db.transaction(async (tx) => {
      await tx.execute(sql`UPDATE counters SET value = -1 WHERE id = 1`);
      await terminateAll();
      await tx.query(sql`SELECT 1`);
    });

    await expect(broken).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
    const [row] = await watched.db.read<{ value: string }>(sql`SELECT value FROM counters`);
    expect(Number(row?.value)).toBeGreaterThanOrEqual(0);
    expect(watched.pool.usage()).toMatchObject({ active: 0 });
  });

  it('lives on when idle connections that are checked out are ended', async () => {
    watched = openWatchedPool(server.url);
    const manager = watched.sequelize.connectionManager as unknown as {
      getConnection(): Promise<{ query(text: string): Promise<unknown> }>;
      releaseConnection(client: unknown): void;
    };
    const raw = await manager.getConnection();
    const checkout = await watched.db.checkOut();
    const transaction = await watched.sequelize.transaction();

    await terminateAll();

    await expect(raw.query('SELECT 1')).rejects.toThrow();
    await expect(checkout.query(sql`SELECT 1`)).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
    await expect(transaction.rollback()).rejects.toThrow();
    manager.releaseConnection(raw);
    checkout.release();
    await eventually(() => expect(watched.pool.usage()).toMatchObject({ active: 0 }));
    expect((await watched.pool.report()).connectionsLost).toBe(3);
  });

  it('fails no read when the server stops at once and starts again, and each other statement once', async () => {
    // Longer than any restart takes, also where the machine has other things to do.
    watched = openWatchedPool(server.url, { database: { poolMax: 10, patienceMs: 60_000 } });
    const load = new Load(watched).start(16, 4);
    await eventually(() => expect(load.writes.done).toBeGreaterThan(20));
    const open = watched.pool.usage().active + watched.pool.usage().idle;

    await server.stop('immediate');
    await server.start();
    const [reads, writes] = [load.reads.done, load.writes.done];
    await eventually(() => expect(load.reads.done).toBeGreaterThan(reads + 100));
    await eventually(() => expect(load.writes.done).toBeGreaterThan(writes + 20));
    await load.stop();

    expect(load.reads.errors).toEqual([]);
    expect(load.writes.errors.length).toBeLessThanOrEqual(open);
    expect(watched.pool.usage()).toMatchObject({ active: 0, waiting: 0 });
  });

  it('tells everybody at once, after a while, that the server stays away', async () => {
    watched = openWatchedPool(server.url, { database: { patienceMs: 300 } });
    await watched.db.read(sql`SELECT 1 AS one`);
    await server.stop('immediate');
    try {
      const waited = watched.db.read(sql`SELECT 1 AS one`);
      await expect(waited).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
      const startedAt = performance.now();

      const refused = await Promise.allSettled(
        Array.from({ length: 50 }, () => watched.db.read(sql`SELECT 1 AS one`)),
      );

      expect(refused.every(({ status }) => status === 'rejected')).toBe(true);
      expect(performance.now() - startedAt).toBeLessThan(2_000);
      await expect(watched.pool.checkHealth()).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
      expect(watched.pool.health).toMatchObject({ isServerUp: false });
    } finally {
      await server.start();
    }
    await eventually(() => watched.pool.checkHealth());
    expect(watched.pool.health).toMatchObject({ isServerUp: true });
  });

  it('waits for a frozen server no longer than its bounds, and removes connections that do not answer', async () => {
    const database = { poolMax: 2, poolAcquireMs: 500 };
    watched = openWatchedPool(server.url, { database });
    const both = await Promise.all([watched.db.checkOut(), watched.db.checkOut()]);
    for (const checkout of both) checkout.release();
    server.signal('SIGSTOP');
    try {
      const startedAt = performance.now();
      const query = watched.db.query(sql`SELECT 1 AS one`, { timeoutMs: 500 });
      await expect(query).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
      expect(performance.now() - startedAt).toBeLessThan(1_500);

      await expect(watched.pool.checkHealth()).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
      expect(watched.pool.health).toMatchObject({ isServerUp: false, idleChecked: 1, idleRemoved: 1 });
    } finally {
      server.signal('SIGCONT');
    }
    await expect(watched.db.read(sql`SELECT 1 AS one`)).resolves.toEqual([{ one: 1 }]);
  });
});
