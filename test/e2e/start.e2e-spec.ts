import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { trustedSql } from '../../src/kernel/sql.js';
import { ADMIN_KEY, ApiClient, startApi } from '../support/api-client.js';
import { EmbeddedDirectory } from '../support/embedded-directory.js';
import { eventually } from '../support/eventually.js';
import { ServerProcess } from '../support/server-process.js';
import { useTestDatabase } from '../support/test-database.js';
import { freePort } from '../support/test-servers.js';

/** Stands before a database and cuts its first connections off, as a server does that is not up yet. */
class LateDatabase {
  attempts = 0;
  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async before(databaseUrl: string, refusals: number): Promise<LateDatabase> {
    const { hostname, port } = new URL(databaseUrl);
    const server = createServer((socket) => {
      late.attempts += 1;
      if (late.attempts <= refusals) {
        socket.destroy();
        return;
      }
      const database = connect(Number(port), hostname);
      socket.on('error', () => database.destroy()).pipe(database);
      database.on('error', () => socket.destroy()).pipe(socket);
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const url = new URL(databaseUrl);
    url.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const late = new LateDatabase(server, url.href);
    return late;
  }

  close(): void {
    this.server.close();
  }
}

describe('a start', () => {
  const database = useTestDatabase({ isServed: true });

  it('waits for a database that comes late', async () => {
    const late = await LateDatabase.before(database.url, 4);
    const server = await startApi(late.url);

    expect((await new ApiClient(server.url).get('/readyz')).status).toBe(200);
    expect(late.attempts).toBeGreaterThan(4);

    expect(await server.terminate()).toBe(0);
    late.close();
  });

  it('lets thousands wait who come at once', async () => {
    const bound = Number(readFileSync('/proc/sys/net/core/somaxconn', 'utf8'));
    const count = Math.min(2_000, bound);
    const server = await startApi(database.url);
    const { hostname, port } = new URL(server.url);
    let connected = 0;

    // It takes nobody in meanwhile.
    process.kill(server.pid, 'SIGSTOP');
    const sockets = Array.from({ length: count }, () =>
      connect(Number(port), hostname)
        .on('connect', () => (connected += 1))
        .on('error', () => undefined),
    );
    await eventually(() => expect(connected).toBe(count));

    process.kill(server.pid, 'SIGCONT');
    for (const socket of sockets) socket.destroy();
    await server.kill();
  });

  it('fails with the reason when the database never comes', async () => {
    const server = await ServerProcess.spawn({
      env: {
        DATABASE_URL: `postgres://x:y@127.0.0.1:${await freePort()}/z`,
        DATABASE_CONNECT_DEADLINE_MS: '1500',
        LOG_LEVEL: 'silent',
      },
    });

    expect(await server.exitCode()).toBe(1);
    expect(server.output).toContain('The database did not answer: ECONNREFUSED');
  });

  it('fails with the reason when its host has no address', async () => {
    const server = await ServerProcess.spawn({
      env: { DATABASE_URL: database.url, HOST: 'nowhere.invalid', LOG_LEVEL: 'silent' },
    });

    expect(await server.exitCode()).toBe(1);
    expect(server.output).toMatch(/^Cannot listen on nowhere\.invalid:\d+: the name of the host/m);
    expect(server.output).not.toContain('    at ');
  });

  it('fails with the reason when its role may not create tables', async () => {
    const [admin, name] = [new URL(database.url), `limited_${process.pid}`];
    await database.db.query(trustedSql(`CREATE ROLE ${name} LOGIN PASSWORD 'limited'`));
    await database.db.query(trustedSql(`CREATE DATABASE ${name}`));
    try {
      const url = new URL(admin);
      Object.assign(url, { username: name, password: 'limited', pathname: `/${name}` });
      const server = await ServerProcess.spawn({ env: { DATABASE_URL: url.href, LOG_LEVEL: 'silent' } });

      expect(await server.exitCode()).toBe(1);
      expect(server.output).toContain('may not create tables');
      expect(server.output).not.toContain('    at ');
    } finally {
      await database.db.query(trustedSql(`DROP DATABASE ${name} WITH (FORCE)`));
      await database.db.query(trustedSql(`DROP ROLE ${name}`));
    }
  });

  it('is ended by SIGTERM while it waits for the database', async () => {
    const late = await LateDatabase.before(database.url, Infinity);
    const server = await ServerProcess.spawn({ env: { DATABASE_URL: late.url, LOG_LEVEL: 'silent' } });
    await eventually(() => expect(late.attempts).toBeGreaterThan(2));

    expect(await server.terminate()).toBe(143);

    expect(server.output).toContain('The start was interrupted by SIGTERM.');
    late.close();
  });

  it('is ended by Ctrl-C with the embedded server it had started', async () => {
    const directory = new EmbeddedDirectory();
    const server = await ServerProcess.spawn({
      env: { PLIMSOLL_DATA_DIR: directory.dataDir, PLIMSOLL_ADMIN_KEY: ADMIN_KEY, LOG_LEVEL: 'silent' },
      isGroupLeader: true,
    });
    try {
      await eventually(async () => expect(await directory.postmasterPid()).toBeGreaterThan(0));

      expect(await server.interruptGroup()).toBe(130);

      // A clean stop removes the state file.
      expect(await directory.postmasterPid()).toBeNaN();
    } finally {
      await directory.remove();
    }
  });
});
