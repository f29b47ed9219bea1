import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { SystemClock } from '../../src/kernel/clock.js';
import { EmbeddedPostgres } from '../../src/platform/database/embedded/embedded-postgres.js';
import type { EmbeddedPostgresEvent } from '../../src/platform/database/embedded/events.js';
import { locateHome } from '../../src/platform/database/embedded/home.js';
import { optional } from './test-servers.js';

/** A data directory of one test, below the run's own so that an interrupted run can clean up; and what the tests look at inside. */
export class EmbeddedDirectory {
  readonly dataDir: string;
  readonly events: EmbeddedPostgresEvent[] = [];
  private readonly root = mkdtempSync(join(optional('PLIMSOLL_TEST_DIR') ?? tmpdir(), 'embedded-'));
  private readonly servers: EmbeddedPostgres[] = [];

  /** @param mode of the directory around it: 0o700 keeps every other user out */
  constructor(mode = 0o711) {
    this.dataDir = join(this.root, 'data');
    chmodSync(this.root, mode);
  }

  /** An embedded server of this process; ended by `remove`. */
  server(settings: Record<string, string> = {}): EmbeddedPostgres {
    const options = {
      dataDir: this.dataDir,
      clock: new SystemClock(),
      settings: { fsync: 'off', ...settings },
    };
    const server = new EmbeddedPostgres({ ...options, onEvent: (event) => this.events.push(event) });
    this.servers.push(server);
    return server;
  }

  get kinds(): string[] {
    return this.events.map(({ kind }) => kind);
  }

  /** Directory of lock, users and cluster. */
  home(): Promise<string> {
    return locateHome(this.dataDir);
  }

  async pidFile(): Promise<string> {
    return join(await this.home(), 'cluster', 'data', 'postmaster.pid');
  }

  /** Process id of the server by its state file; NaN without one. */
  async postmasterPid(): Promise<number> {
    try {
      return Number(readFileSync(await this.pidFile(), 'utf8').split('\n')[0]);
    } catch {
      return NaN;
    }
  }

  /** Ends every server and removes the files, also those outside. */
  async remove(): Promise<void> {
    const last = this.server();
    await last.start().catch(() => undefined);
    for (const server of this.servers) await server.stop();
    const home = await this.home();
    rmSync(this.root, { recursive: true, force: true });
    rmSync(home, { recursive: true, force: true });
  }
}

/** Runs one statement on a connection of its own and returns the rows. */
export async function query(url: string, text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  // A server that is killed under the test ends the connection; the statement itself reports it.
  client.on('error', () => undefined);
  await client.connect();
  try {
    const { rows } = await client.query<Record<string, unknown>>(text);
    return rows;
  } finally {
    await client.end();
  }
}
