import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { EmbeddedDirectory, query } from '../../support/embedded-directory.js';
import { EmbeddedHolder } from '../../support/embedded-holder.js';
import { eventually } from '../../support/eventually.js';

describe('embedded PostgreSQL', () => {
  let directory: EmbeddedDirectory;
  beforeEach(() => {
    directory = new EmbeddedDirectory();
  });
  afterEach(() => directory.remove());

  it('starts in an empty directory, on loopback, in UTF-8 and UTC, with a password', async () => {
    const server = directory.server();

    const { url } = await server.start();

    expect(server.state).toBe('running');
    const [row] = await query(
      url,
      `SELECT current_setting('server_encoding') AS encoding, current_setting('timezone') AS zone,
         current_setting('listen_addresses') AS addresses, current_setting('unix_socket_directories') AS sockets,
         lower('ÄÖ') AS lower`,
    );
    expect(row).toEqual({ encoding: 'UTF8', zone: 'UTC', addresses: '127.0.0.1', sockets: '', lower: 'äö' });
    const wrong = new URL(url);
    wrong.password = 'wrong';
    await expect(query(wrong.href, 'SELECT 1')).rejects.toThrow('password authentication failed');
  });

  it('keeps data, port and password over a stop and a start', async () => {
    const server = directory.server();
    const first = await server.start();
    await query(first.url, 'CREATE TABLE kept AS SELECT 42 AS answer');
    await server.stop();

    const second = await server.start();

    expect(second).toEqual(first);
    expect(await query(second.url, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
  });

  it('moves to another port when its own is taken', async () => {
    const server = directory.server();
    const first = await server.start();
    await server.stop();
    const intruder = await listenOn(Number(new URL(first.url).port));

    const second = await server.start();

    intruder.close();
    expect(new URL(second.url).port).not.toBe(new URL(first.url).port);
    expect(directory.kinds).toContain('port-changed');
    expect(await query(second.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('returns the same start to callers that come at once, and stops twice without harm', async () => {
    const server = directory.server();

    const [one, two] = await Promise.all([server.start(), server.start()]);
    await Promise.all([server.stop(), server.stop()]);

    expect(one).toBe(two);
    expect(server.state).toBe('stopped');
    expect(directory.kinds.filter((kind) => kind === 'started')).toHaveLength(1);
  });

  it('is shared by a second process, and stopped by the last one that leaves', async () => {
    const server = directory.server();
    const { url } = await server.start();

    const other = await EmbeddedHolder.start(directory.dataDir);
    await server.stop();

    expect(other.kinds).toEqual(['joined']);
    expect(other.url).toBe(url);
    expect(directory.kinds).toContain('left-running');
    expect(await query(url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    expect(await other.end('SIGTERM')).toBe(0);
    expect(other.kinds).toContain('stopped');
    expect(await directory.postmasterPid()).toBeNaN();
  });

  it('starts once when two processes come to an empty directory at the same moment', async () => {
    const holders = [1, 2].map(() => EmbeddedHolder.spawn(directory.dataDir));

    await Promise.all(holders.map((holder) => holder.ready()));

    const kinds = holders.flatMap((holder) => holder.kinds);
    expect(kinds.filter((kind) => kind === 'initialised')).toHaveLength(1);
    expect(kinds.filter((kind) => kind === 'started')).toHaveLength(1);
    expect(kinds.filter((kind) => kind === 'joined')).toHaveLength(1);
    await Promise.all(holders.map((holder) => holder.end('SIGTERM')));
  });

  it('leaves nothing half done of an initdb that was killed', async () => {
    const holder = EmbeddedHolder.spawn(directory.dataDir);
    await eventually(async () => expect(draftsIn(await directory.home())).toHaveLength(1));
    await holder.endGroup('SIGKILL');

    const { url } = await directory.server().start();

    expect(directory.kinds).toEqual(['initialised', 'started']);
    expect(await query(url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    expect(draftsIn(await directory.home())).toEqual([]);
  });

  it('names the way out when the data belongs to another major version', async () => {
    const server = directory.server();
    await server.start();
    await server.stop();
    const versionFile = join(await directory.home(), 'cluster', 'data', 'PG_VERSION');
    writeFileSync(versionFile, '17\n');

    const failure = expect(directory.server().start()).rejects;

    await failure.toMatchObject({
      code: 'DATABASE_EMBEDDED_DATA_DIR',
      message: expect.stringContaining('DATABASE_URL') as string,
    });
    writeFileSync(versionFile, '18\n');
  });

  it('says which path is the trouble when the data directory cannot be made', async () => {
    mkdirSync(join(directory.dataDir, '..'), { recursive: true });
    writeFileSync(directory.dataDir, 'a file');

    const server = directory.server();

    await expect(server.start()).rejects.toMatchObject({ code: 'DATABASE_EMBEDDED_DATA_DIR' });
    expect(server.state).toBe('stopped');
  });
});

function draftsIn(home: string): string[] {
  return readdirSync(home).filter((name) => name.startsWith('cluster.new-'));
}

function listenOn(port: number): Promise<Server> {
  return new Promise((resolve) => {
    const server = createServer().listen(port, '127.0.0.1', () => resolve(server));
  });
}
