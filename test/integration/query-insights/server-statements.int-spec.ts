import { ServerWorkload } from '../../../src/query-insights/advice/recorded-workload.js';
import { EmbeddedDirectory, query } from '../../support/embedded-directory.js';
import { eventually } from '../../support/eventually.js';
import { openMonitors, type TestMonitors } from '../../support/insights.js';
import { openDatabase } from '../../support/test-database.js';

const OPERATOR = { seesOthers: true };
const SETUP_MS = 60_000;

/** A server of the test's own: its statistics are reset, and it is stopped. */
let directory: EmbeddedDirectory;
let url: string;
const opened: TestMonitors[] = [];

beforeEach(() => {
  directory = new EmbeddedDirectory();
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((one) => one.close()));
  await directory.remove();
}, SETUP_MS);

async function start(settings: Record<string, string> = {}): Promise<void> {
  ({ url } = await directory.server(settings).start());
}

function watchAs(role?: string): TestMonitors {
  const { config } = openDatabase(url);
  const own = new URL(url);
  if (role !== undefined) [own.username, own.password] = [role, role];
  const watching = openMonitors({ config, url }, own.href);
  opened.push(watching);
  return watching;
}

async function callsOf(watching: TestMonitors, part: string): Promise<number> {
  const { queries } = await watching.report.statements('calls', 200, OPERATOR);
  return queries.filter(({ text }) => text?.includes(part)).reduce((sum, { calls }) => sum + calls, 0);
}

async function run(text: string, times = 1): Promise<void> {
  for (let call = 0; call < times; call += 1) await query(url, text);
}

describe('pg_stat_statements on the embedded server', () => {
  it('is loaded, created at the first look, and gives what happened since', async () => {
    await start();
    const watching = watchAs();
    await watching.monitors.lookAtStatements();
    await run("SELECT 'hidden' AS counted", 5);

    await watching.monitors.lookAtStatements();

    expect(watching.monitors.statements.source).toMatchObject({ state: 'available', reason: null });
    expect(await callsOf(watching, 'counted')).toBe(5);
    const shown = await watching.report.statements('calls', 200, OPERATOR);
    expect(JSON.stringify(shown)).not.toContain('hidden');
    expect(shown.gaps).toEqual([]);
    const others = await watching.report.statements('calls', 200, { seesOthers: false });
    expect(others.queries.every(({ text, role }) => text === null && role === null)).toBe(true);
  });

  it('is what indexes are advised for, but not what roles of other rights have asked', async () => {
    await start();
    const watching = watchAs();
    await watching.monitors.lookAtStatements();
    await run(`CREATE ROLE stranger LOGIN PASSWORD 'stranger'; CREATE TABLE visits AS SELECT 1 AS page`);
    await run('GRANT SELECT ON visits TO stranger');
    await run('SELECT * FROM visits WHERE page = 7');
    const stranger = new URL(url);
    [stranger.username, stranger.password] = ['stranger', 'stranger'];
    await query(stranger.href, 'SELECT page FROM visits WHERE page > 7');

    const { db } = openDatabase(url);
    const recorded = await new ServerWorkload(db).read(100);
    await db.close();

    const texts = recorded.statements.map(({ text }) => text);
    expect(recorded.source).toBe('pg_stat_statements');
    expect(texts).toContain('SELECT * FROM visits WHERE page = $1');
    expect(texts).not.toContain('SELECT page FROM visits WHERE page > $1');
  });

  it('is found in any schema', async () => {
    await start();
    await run('CREATE SCHEMA "odd "" schema"; CREATE EXTENSION pg_stat_statements SCHEMA "odd "" schema"');
    const watching = watchAs();
    await watching.monitors.lookAtStatements();
    await run('SELECT 1 AS counted', 3);

    await watching.monitors.lookAtStatements();

    expect(await callsOf(watching, 'counted')).toBe(3);
  });

  it('begins anew when somebody else resets it, says so, and never gives a wrong count', async () => {
    await start();
    const watching = watchAs();
    await watching.monitors.lookAtStatements();
    await run('SELECT 1 AS counted', 50);
    await watching.monitors.lookAtStatements();
    expect(await callsOf(watching, 'counted')).toBe(50);

    await run('SELECT pg_stat_statements_reset()');
    await run('SELECT 1 AS counted', 7);
    await watching.monitors.lookAtStatements();
    await run('SELECT 1 AS counted', 2);
    await watching.monitors.lookAtStatements();

    expect(await callsOf(watching, 'counted')).toBe(52);
    const { gaps } = await watching.report.statements('calls', 1, OPERATOR);
    expect(gaps).toEqual([expect.stringContaining('were reset')]);
  });

  it('counts a single entry that was reset from there on', async () => {
    await start();
    const watching = watchAs();
    await watching.monitors.lookAtStatements();
    await run('SELECT 1 AS counted', 50);
    await watching.monitors.lookAtStatements();

    await run(`SELECT pg_stat_statements_reset(0, 0, (
      SELECT queryid FROM pg_stat_statements WHERE query LIKE '%AS counted' AND query NOT LIKE '%reset%'))`);
    await run('SELECT 1 AS counted', 3);
    await watching.monitors.lookAtStatements();

    expect(await callsOf(watching, 'AS counted')).toBe(53);
  });

  it(
    'goes on after a restart of the server, and after a kill, without a wrong count',
    async () => {
      await start();
      const watching = watchAs();
      await watching.monitors.lookAtStatements();
      await run('SELECT 1 AS counted', 20);
      await watching.monitors.lookAtStatements();

      process.kill(await directory.postmasterPid(), 'SIGKILL');
      await eventually(() => expect(directory.kinds).toContain('restarted'));
      await run('SELECT 1 AS counted', 4);
      await eventually(() => watching.monitors.lookAtStatements());
      await run('SELECT 1 AS counted', 5);
      await watching.monitors.lookAtStatements();

      expect(await callsOf(watching, 'counted')).toBe(25);
      expect(watching.monitors.statements.missing).toEqual([expect.stringContaining('restarted')]);
    },
    SETUP_MS,
  );

  it('says that it is away with the server, and that it is back', async () => {
    const server = directory.server();
    ({ url } = await server.start());
    const watching = watchAs();
    await watching.monitors.lookAtStatements();
    await watching.monitors.lookAtActivity();

    await server.stop();
    await expect(watching.monitors.lookAtActivity()).rejects.toMatchObject({ kind: 'unavailable' });
    await expect(watching.monitors.lookAtStatements()).rejects.toMatchObject({ kind: 'unavailable' });
    const away = watching.report.sources.map(({ state }) => state);
    await server.start();
    await eventually(() => watching.monitors.lookAtActivity());
    await watching.monitors.lookAtStatements();

    expect(away).toEqual(['unavailable', 'unavailable']);
    expect(watching.report.sources.map(({ state }) => state)).toEqual(['available', 'available']);
  });
});

describe('less than everything', () => {
  it('says how to get it when the server has not loaded the library, and the rest works', async () => {
    await start({ shared_preload_libraries: '' });
    const watching = watchAs();

    await watching.monitors.lookAtStatements();
    await watching.monitors.lookAtActivity();

    const [activity, statements] = watching.report.sources;
    expect(activity).toMatchObject({ state: 'available' });
    expect(statements).toMatchObject({
      state: 'unavailable',
      reason: 'the server has not loaded the library',
      remedy: expect.stringContaining('shared_preload_libraries'),
    });
    expect(await watching.report.statements('totalMs', 10, OPERATOR)).toMatchObject({
      since: null,
      queries: [],
    });
  });

  it('says so when the extension is created but the library is not loaded', async () => {
    await start({ shared_preload_libraries: '' });
    await run('CREATE EXTENSION pg_stat_statements');
    const watching = watchAs();

    await watching.monitors.lookAtStatements();

    expect(watching.monitors.statements.source).toMatchObject({ state: 'unavailable' });
  });

  it('says what a role misses that may not create it, and that may not read all', async () => {
    await start();
    await run(`CREATE ROLE modest LOGIN PASSWORD 'modest'`);
    const watching = watchAs('modest');

    await watching.monitors.lookAtStatements();
    await watching.monitors.lookAtActivity();
    expect(watching.report.sources).toMatchObject([
      { state: 'limited', remedy: expect.stringContaining('pg_read_all_stats') },
      { state: 'unavailable', remedy: expect.stringContaining('CREATE EXTENSION') },
    ]);

    await run('CREATE EXTENSION pg_stat_statements');
    await watching.monitors.lookAtStatements();
    await run('SELECT 1 AS counted', 3);
    await watching.monitors.lookAtStatements();
    expect(watching.monitors.statements.source).toMatchObject({ state: 'limited' });
    expect(await callsOf(watching, 'counted')).toBe(0);

    await run('GRANT pg_read_all_stats TO modest');
    const granted = watchAs('modest');
    await granted.monitors.lookAtStatements();
    await run('SELECT 1 AS counted', 3);
    await granted.monitors.lookAtStatements();
    expect(granted.monitors.statements.source).toMatchObject({ state: 'available' });
    expect(await callsOf(granted, 'counted')).toBe(3);
  });

  it('says so when reading it was revoked', async () => {
    await start();
    await run(`CREATE EXTENSION pg_stat_statements; CREATE ROLE modest LOGIN PASSWORD 'modest';
      REVOKE EXECUTE ON FUNCTION pg_stat_statements(boolean) FROM PUBLIC`);
    const watching = watchAs('modest');

    await watching.monitors.lookAtStatements();

    expect(watching.monitors.statements.source).toMatchObject({
      state: 'unavailable',
      remedy: expect.stringContaining('EXECUTE'),
    });
  });

  it('notices that the extension was dropped, and that it is there again', async () => {
    await start();
    const watching = watchAs();
    await watching.monitors.lookAtStatements();
    await run('DROP EXTENSION pg_stat_statements');

    await watching.monitors.lookAtStatements();
    expect(watching.monitors.statements.source.state).toBe('unavailable');
    await watching.monitors.lookAtStatements();

    expect(watching.monitors.statements.source.state).toBe('available');
  });

  it('notices prepared transactions that hold locks', async () => {
    await start({ max_prepared_transactions: '5' });
    await run(`CREATE TABLE held (id int); INSERT INTO held VALUES (1)`);
    await run(`BEGIN; UPDATE held SET id = 2; PREPARE TRANSACTION 'held'`);
    const waiting = run('UPDATE held SET id = 3');
    const watching = watchAs();

    await eventually(async () => {
      await watching.monitors.lookAtActivity();
      expect(watching.report.locks(OPERATOR).trees).toMatchObject([
        { root: 0, session: null, waiting: [{ blockedBy: [0] }] },
      ]);
    });
    await run(`ROLLBACK PREPARED 'held'`);
    await waiting;
  });
});
