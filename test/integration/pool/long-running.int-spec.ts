import pg from 'pg';
import { sql } from '../../../src/kernel/sql.js';
import { SystemClock } from '../../../src/kernel/clock.js';
import { RandomIds } from '../../../src/kernel/ids.js';
import { openMonitorDatabase } from '../../../src/platform/database/index.js';
import { ActivityRepository, type RunningStatement } from '../../../src/pool/server/activity.repository.js';
import { query } from '../../support/embedded-directory.js';
import { eventually } from '../../support/eventually.js';
import { openWatchedPool, type WatchedPool } from '../../support/pool.js';
import { useTestDatabase } from '../../support/test-database.js';
import { adminDatabaseUrl } from '../../support/test-servers.js';

const HERE = 'long-running.int-spec.ts';

describe('statements that run for long', () => {
  const database = useTestDatabase();
  const role = `worker_${process.pid}_${Date.now()}`;
  let watched: WatchedPool;
  const clients: pg.Client[] = [];

  beforeAll(() => query(adminDatabaseUrl(), `CREATE ROLE ${role} LOGIN PASSWORD 'x'`));
  afterAll(() => query(adminDatabaseUrl(), `DROP ROLE ${role}`));
  afterEach(async () => {
    for (const client of clients.splice(0)) await client.end().catch(() => undefined);
    await watched.close();
  });

  /** Somebody else, without the rights of a superuser. */
  async function connect(applicationName: string): Promise<pg.Client> {
    const url = new URL(database.url);
    const client = new pg.Client({
      host: url.hostname,
      port: Number(url.port),
      database: url.pathname.slice(1),
      user: role,
      password: 'x',
      application_name: applicationName,
    });
    client.on('error', () => undefined);
    await client.connect();
    clients.push(client);
    return client;
  }

  /** What became of a statement. */
  function outcomeOf(running: Promise<unknown>): Promise<string> {
    return running.then(
      () => 'done',
      (error: unknown) => (error as { code?: string }).code ?? 'ended',
    );
  }

  function open(pool: Parameters<typeof openWatchedPool>[1] = {}): WatchedPool {
    watched = openWatchedPool(database.url, pool);
    return watched;
  }

  it('are listed with those of this pool and their holder, without their values', async () => {
    const { db, pool } = open({ pool: { longRunningMs: 200 } });
    const other = await connect('reports');
    const foreign = outcomeOf(other.query("SELECT pg_sleep(1), 'hidden'"));
    const own = db.session((session) => session.query(sql`SELECT pg_sleep(1)`));

    const rows = await eventually(async () => {
      const listed = await pool.longRunning();
      expect(listed).toHaveLength(2);
      return listed;
    });
    await Promise.all([foreign, own]);

    expect(rows.find(({ applicationName }) => applicationName === 'reports')).toMatchObject({
      sql: 'SELECT pg_sleep(?), ?',
      holder: null,
      userName: role,
      sparedAs: null,
    });
    expect(rows.find(({ applicationName }) => applicationName === 'plimsoll')).toMatchObject({
      holder: { site: expect.stringContaining(HERE) },
    });
  });

  it('end by cancelling when that is wanted; spared applications, superusers and short ones go on', async () => {
    const config = { longRunningMs: 100, terminateAfterMs: 400, sparedApplications: ['reports'] };
    const { db, pool } = open({ pool: config });
    const outcomes = {
      late: outcomeOf((await connect('batch')).query('SELECT pg_sleep(20)')),
      spared: outcomeOf((await connect('reports')).query('SELECT pg_sleep(2)')),
      superuser: outcomeOf(db.query(sql`SELECT pg_sleep(2)`)),
    };
    await eventually(async () => {
      await pool.endLongRunning();
      expect(watched.logger.messages('warn')).toHaveLength(1);
    });
    const short = outcomeOf((await connect('batch')).query('SELECT pg_sleep(0.3)'));
    await pool.endLongRunning();

    expect(await outcomes.late).toBe('57014');
    expect(await Promise.all([outcomes.spared, outcomes.superuser, short])).toEqual(['done', 'done', 'done']);
  });

  it('run on for ever by default', async () => {
    const { pool } = open({ pool: { longRunningMs: 100 } });
    const running = outcomeOf((await connect('batch')).query('SELECT pg_sleep(1)'));
    await eventually(async () => expect(await pool.longRunning()).toHaveLength(1));

    await pool.endLongRunning();

    expect(await running).toBe('done');
  });

  describe('and are told to end by what was seen of them', () => {
    async function seen(client: pg.Client): Promise<RunningStatement> {
      const [row] = await eventually(async () => {
        const rows = await repository().longRunning(50);
        const pid = (client as unknown as { processID: number }).processID;
        const own = rows.filter((found) => found.pid === pid);
        expect(own).toHaveLength(1);
        return own;
      });
      if (row === undefined) throw new Error('no row');
      return row;
    }

    let monitor: ReturnType<typeof openMonitorDatabase> | undefined;
    function repository(): ActivityRepository {
      monitor ??= openMonitorDatabase(database.url, database.config, {
        clock: new SystemClock(),
        ids: new RandomIds(),
      });
      return new ActivityRepository(monitor);
    }
    beforeEach(() => void open());
    afterEach(async () => {
      await monitor?.close();
      monitor = undefined;
    });

    it('end when they still are what was seen', async () => {
      const client = await connect('batch');
      const running = outcomeOf(client.query('SELECT pg_sleep(20)'));
      const row = await seen(client);

      expect(await repository().terminate(row, [])).toBe(true);

      expect(await running).toBe('57P01');
    });

    it.each(['cancel', 'terminate'] as const)(
      'go on when the connection is at its next statement (%s)',
      async (how) => {
        const client = await connect('batch');
        const first = outcomeOf(client.query('SELECT pg_sleep(0.3)'));
        const row = await seen(client);
        await first;
        const next = outcomeOf(client.query('SELECT pg_sleep(0.3)'));
        await eventually(async () => expect((await seen(client)).queryStart).not.toBe(row.queryStart));

        expect(await repository()[how](row, [])).toBe(false);

        expect(await next).toBe('done');
      },
    );

    it.each([
      ['the process id was given to another connection', { backendStart: '2001-01-01 00:00:00+00' }],
      ['it is spared', { spared: ['batch'] }],
    ])(
      'go on when %s',
      async (_name, { spared = [], ...changed }: { spared?: string[]; backendStart?: string }) => {
        const client = await connect('batch');
        const running = outcomeOf(client.query('SELECT pg_sleep(0.5)'));
        const row = await seen(client);

        expect(await repository().terminate({ ...row, ...changed }, spared)).toBe(false);

        expect(await running).toBe('done');
      },
    );

    it('never end those of superusers', async () => {
      const running = watched.db.query(sql`SELECT pg_sleep(0.5)`);
      const [row] = await eventually(async () => {
        const rows = await repository().longRunning(50);
        expect(rows).toHaveLength(1);
        return rows;
      });

      expect(row).toMatchObject({ isSuperuser: true });
      expect(row && (await repository().terminate(row, []))).toBe(false);
      await running;
    });
  });
});
