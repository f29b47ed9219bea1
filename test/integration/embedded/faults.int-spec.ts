import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { EmbeddedDirectory, query } from '../../support/embedded-directory.js';
import { EmbeddedHolder } from '../../support/embedded-holder.js';
import { eventually } from '../../support/eventually.js';

describe('embedded PostgreSQL under fire', () => {
  let directory: EmbeddedDirectory;
  beforeEach(() => {
    directory = new EmbeddedDirectory();
  });
  afterEach(() => directory.remove());

  it('finds the server that a killed process left, and stops it when leaving', async () => {
    const holder = await EmbeddedHolder.start(directory.dataDir);
    const pid = await directory.postmasterPid();
    await holder.end('SIGKILL');

    const server = directory.server();
    const { url } = await server.start();
    const pidAfterwards = await directory.postmasterPid();
    await server.stop();

    expect(url).toBe(holder.url);
    expect(pidAfterwards).toBe(pid);
    expect(directory.kinds).toEqual(['joined', 'stopped']);
    expect(await directory.postmasterPid()).toBeNaN();
  });

  it('starts a killed server again on the same port, data intact', async () => {
    const server = directory.server();
    const { url } = await server.start();
    await query(url, 'CREATE TABLE kept AS SELECT 42 AS answer');

    process.kill(await directory.postmasterPid(), 'SIGKILL');

    const rows = await eventually(() => query(url, 'SELECT answer FROM kept'));
    expect(rows).toEqual([{ answer: 42 }]);
    await eventually(() => expect(directory.kinds).toContain('restarted'));
    expect(directory.kinds).toContain('died');
    expect(server.state).toBe('running');
  });

  it('ends a backend that outlived the killed server in a long statement', async () => {
    const server = directory.server();
    const { url } = await server.start();
    // Burns processor time for many seconds without looking whether its server lives.
    const orphan = query(url, "SELECT count(*) FROM generate_series(1, 30000000) n WHERE md5(n::text) = ''");
    const orphanEnded = orphan.catch(() => undefined);
    await eventually(async () => {
      const rows = await query(
        url,
        "SELECT 1 FROM pg_stat_activity WHERE query LIKE '%md5%' AND state = 'active'",
      );
      expect(rows.length).toBeGreaterThanOrEqual(2);
    });

    process.kill(await directory.postmasterPid(), 'SIGKILL');

    await eventually(() => query(url, 'SELECT 1'));
    await orphanEnded;
    await eventually(() => expect(server.state).toBe('running'));
  });

  it('heals once when two processes see the same death', async () => {
    const holder = await EmbeddedHolder.start(directory.dataDir);
    const server = directory.server();
    const { url } = await server.start();

    process.kill(await directory.postmasterPid(), 'SIGKILL');

    await eventually(() => query(url, 'SELECT 1'));
    await eventually(() => expect(server.state).toBe('running'));
    await eventually(() => expect(holder.kinds).toContain('restarted'));
    await server.stop();
    expect(await query(url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await holder.end('SIGTERM');
  });

  it('starts although the process id in a stale state file belongs to another program by now', async () => {
    const server = directory.server();
    await server.start();
    await server.stop();
    const { uid, gid } = statSync(`${await directory.home()}/cluster/data`);
    const stranger = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], {
      stdio: 'ignore',
      uid,
      gid,
    });
    await once(stranger, 'spawn');
    const pidFile = await directory.pidFile();
    writeFileSync(pidFile, `${stranger.pid}\n/elsewhere\n1700000000\n5432\n\n127.0.0.1\n1 1\nready\n`);
    chownSync(pidFile, uid, gid);

    const { url } = await server.start();

    expect(await query(url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    expect(Number(readFileSync(pidFile, 'utf8').split('\n')[0])).not.toBe(stranger.pid);
    stranger.kill('SIGKILL');
  });

  it('starts although a crash left an empty state file', async () => {
    const server = directory.server();
    await server.start();
    await server.stop();
    writeFileSync(await directory.pidFile(), '');

    const { url } = await server.start();

    expect(await query(url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('ends its server in order on Ctrl-C to the whole process group', async () => {
    const holder = await EmbeddedHolder.start(directory.dataDir);

    expect(await holder.endGroup('SIGINT')).toBe(0);

    expect(holder.kinds).toEqual(['initialised', 'started', 'stopped']);
    expect(await directory.postmasterPid()).toBeNaN();
  });

  it('comes up after a SIGKILL of the group at any moment of start and stop', async () => {
    const server = directory.server();
    for (const delayMs of [60, 100, 140, 180, 220, 260]) {
      await server.start();
      await server.stop();
      const holder = EmbeddedHolder.spawn(directory.dataDir);
      await pause(delayMs);
      await holder.endGroup('SIGKILL');
    }
    for (const delayMs of [5, 20, 40, 80]) {
      const holder = await EmbeddedHolder.start(directory.dataDir);
      const ended = holder.end('SIGTERM');
      await pause(delayMs);
      await holder.endGroup('SIGKILL').catch(() => undefined);
      await ended;
    }

    const { url } = await server.start();

    expect(await query(url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  }, 120_000);
});

/** The moment of a kill is the input of this test, not a wait for an effect. */
function pause(delayMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, delayMs));
}
