import { Secret } from '../../../src/config/index.js';
import { sql } from '../../../src/kernel/sql.js';
import { runAs } from '../../../src/platform/runtime/index.js';
import { eventually } from '../../support/eventually.js';
import { OwnPostgres } from '../../support/own-postgres.js';
import { openWatchedPool, type WatchedPool } from '../../support/pool.js';

const SERVER_MS = 180_000;

describe('reads on streaming replicas', () => {
  let primary: OwnPostgres;
  let replicas: OwnPostgres[];
  let stranger: OwnPostgres;
  let watched: WatchedPool;

  beforeAll(async () => {
    primary = await OwnPostgres.create();
    const setUp = openWatchedPool(primary.url);
    await setUp.db.query(sql`CREATE TABLE things (id integer PRIMARY KEY)`);
    await setUp.close();
    const first = await primary.copy();
    replicas = [first, await primary.copy()];
    stranger = await OwnPostgres.create();
  }, SERVER_MS);
  afterAll(async () => {
    for (const server of [...replicas, primary, stranger]) await server.remove();
  }, SERVER_MS);
  afterEach(() => watched.close());

  async function open(urls: readonly string[], limits: object = {}): Promise<WatchedPool> {
    const pool = { replicaUrls: urls.map((url) => new Secret(url)), ...limits };
    watched = openWatchedPool(primary.url, { pool });
    await watched.pool.checkReplicas();
    return watched;
  }

  function urls(): string[] {
    return replicas.map(({ url }) => url);
  }

  async function portOf({ db }: WatchedPool, mayLag: boolean): Promise<number> {
    const [row] = await db.read<{ port: string }>(sql`SELECT current_setting('port') AS port`, { mayLag });
    return Number(row?.port);
  }

  async function states(): Promise<string[]> {
    await watched.pool.checkReplicas();
    return (await watched.pool.report()).replicas.map(({ state }) => state);
  }

  it('go to replicas in turn when they tolerate lag, and to the primary when they do not say so', async () => {
    const pool = await open(urls());
    await eventually(async () => expect(await states()).toEqual(['healthy', 'healthy']));

    const tolerant = await Promise.all(Array.from({ length: 10 }, () => portOf(pool, true)));
    const strict = await Promise.all(Array.from({ length: 10 }, () => portOf(pool, false)));

    expect(new Set(tolerant)).toEqual(new Set(replicas.map(({ port }) => port)));
    expect(new Set(strict)).toEqual(new Set([primary.port]));
  });

  it('see what the same request has written', async () => {
    const pool = await open(urls());
    await eventually(async () => expect(await states()).toEqual(['healthy', 'healthy']));

    const ports = await runAs({ requestId: 'r' }, async () => {
      const before = await portOf(pool, true);
      await pool.db.execute(sql`INSERT INTO things VALUES (1) ON CONFLICT DO NOTHING`);
      return { before, after: await portOf(pool, true) };
    });
    const other = await runAs({ requestId: 's' }, () => portOf(pool, true));

    expect(ports.before).not.toBe(primary.port);
    expect(ports.after).toBe(primary.port);
    expect(other).not.toBe(primary.port);
  });

  it('leave a replica out that lags, by time or by bytes, and take it back', async () => {
    const { db } = await open(urls(), { replicaMaxLagMs: 300 });
    const replica = openWatchedPool(urls()[0] ?? '');
    await replica.db.query(sql`SELECT pg_wal_replay_pause()`);
    await db.execute(sql`INSERT INTO things SELECT generate_series(10, 20) ON CONFLICT DO NOTHING`);

    await eventually(async () => expect(await states()).toEqual(['lagging', 'healthy']));
    expect(await portOf(watched, true)).toBe(replicas[1]?.port);
    await replica.db.query(sql`SELECT pg_wal_replay_resume()`);
    await replica.close();
    await eventually(async () => expect(await states()).toEqual(['healthy', 'healthy']));
  });

  it('leave a replica out by bytes', async () => {
    const { db } = await open(urls(), { replicaMaxLagMs: 3_600_000, replicaMaxLagBytes: 1_000 });
    const replica = openWatchedPool(urls()[0] ?? '');
    await replica.db.query(sql`SELECT pg_wal_replay_pause()`);
    await db.execute(sql`CREATE TABLE IF NOT EXISTS many AS SELECT generate_series(1, 10000) AS id`);

    await eventually(async () => expect(await states()).toEqual(['lagging', 'healthy']));
    await replica.db.query(sql`SELECT pg_wal_replay_resume()`);
    await replica.close();
    await eventually(async () => expect(await states()).toEqual(['healthy', 'healthy']));
  });

  it('stay healthy while nobody writes', async () => {
    await open(urls(), { replicaMaxLagMs: 300 });

    await new Promise((resolve) => setTimeout(resolve, 600));

    expect(await states()).toEqual(['healthy', 'healthy']);
  });

  it('refuse a server that is no replica, and one of another primary', async () => {
    const promoted = await stranger.copy();
    try {
      await open([primary.url, stranger.url, promoted.url]);

      expect(await states()).toEqual(['refused', 'refused', 'refused']);
      const { replicas: reported } = await watched.pool.report();
      expect(reported.map(({ reason }) => reason)).toEqual([
        expect.stringContaining('no replica'),
        expect.stringContaining('no replica'),
        expect.stringContaining('another primary'),
      ]);
      expect(await portOf(watched, true)).toBe(primary.port);
    } finally {
      await promoted.remove();
    }
  });

  it('are answered by the primary when the replica dies under them', async () => {
    const pool = await open(urls());
    const [first] = replicas;
    await first?.stop('immediate');
    try {
      const ports = await Promise.all(Array.from({ length: 20 }, () => portOf(pool, true)));

      expect(ports.every((port) => port === primary.port || port === replicas[1]?.port)).toBe(true);
      expect(await states()).toEqual(['unreachable', 'healthy']);
    } finally {
      await first?.start();
    }
    await eventually(async () => expect(await states()).toEqual(['healthy', 'healthy']));
  });
});
