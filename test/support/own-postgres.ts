import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SystemClock } from '../../src/kernel/clock.js';
import { type Binaries, findBinaries } from '../../src/platform/database/embedded/binaries.js';
import { runCommand } from '../../src/platform/database/embedded/command.js';
import { chooseServerUser, type ServerUser } from '../../src/platform/database/embedded/server-user.js';
import { freePort, optional } from './test-servers.js';

const clock = new SystemClock();
const DEADLINE_MS = 60_000;

const SETTINGS = {
  listen_addresses: "'127.0.0.1'",
  unix_socket_directories: "''",
  fsync: 'off',
  max_connections: '100',
  wal_level: 'replica',
  max_wal_senders: '5',
  hot_standby: 'on',
};

/** A PostgreSQL server that a test starts, stops, freezes and copies as it likes; nothing starts it again. */
export class OwnPostgres {
  private constructor(
    private readonly root: string,
    private readonly dataDir: string,
    readonly port: number,
    private readonly tools: { readonly binaries: Binaries; readonly user: ServerUser | undefined },
  ) {}

  /** A new, running server. */
  static async create(): Promise<OwnPostgres> {
    const root = mkdtempSync(join(optional('PLIMSOLL_TEST_DIR') ?? tmpdir(), 'own-postgres-'));
    chmodSync(root, 0o711);
    const dataDir = join(root, 'data');
    const user = await chooseServerUser(dataDir);
    const cacheDir = (): Promise<string> => Promise.resolve(join(root, 'binaries'));
    const binaries = await findBinaries({ user, clock, cacheDir });
    mkdirSync(dataDir, { mode: 0o700 });
    if (user) chownSync(dataDir, user.uid, user.gid);
    const server = new OwnPostgres(root, dataDir, await freePort(), { binaries, user });
    await server.run(binaries.initdb, [
      '-U',
      'plimsoll',
      '--auth',
      'trust',
      '--no-sync',
      '--no-instructions',
    ]);
    server.configure({});
    await server.start();
    return server;
  }

  get url(): string {
    return `postgresql://plimsoll@127.0.0.1:${this.port}/postgres`;
  }

  async start(): Promise<void> {
    const log = join(this.dataDir, 'server.log');
    await this.run(this.tools.binaries.pgCtl, ['start', '-w', '-l', log], true);
  }

  async stop(mode: 'fast' | 'immediate'): Promise<void> {
    await this.run(this.tools.binaries.pgCtl, ['stop', '-w', '-m', mode]);
  }

  /** A second server from a copy of this one, which is stopped for the moment; it follows, unless it is told not to. */
  async copy({ isStandby = true } = {}): Promise<OwnPostgres> {
    await this.stop('fast');
    const dataDir = join(this.root, `copy-${await freePort()}`);
    spawnSync('cp', ['-a', this.dataDir, dataDir]);
    const copy = new OwnPostgres(this.root, dataDir, await freePort(), this.tools);
    const conninfo = `'host=127.0.0.1 port=${this.port} user=plimsoll application_name=standby'`;
    copy.configure(isStandby ? { primary_conninfo: conninfo, wal_retrieve_retry_interval: "'100ms'" } : {});
    if (isStandby) copy.write('standby.signal', '');
    await this.start();
    await copy.start();
    return copy;
  }

  /** Stops or continues the server with all its backends. */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    for (const pid of [this.postmasterPid, ...this.children()]) {
      try {
        process.kill(pid, signal);
      } catch {
        // It has ended since it was listed.
      }
    }
  }

  /** Stops the server and removes its files, and with the first one those of its copies. */
  async remove(): Promise<void> {
    this.signal('SIGCONT');
    await this.stop('immediate').catch(() => undefined);
    rmSync(this.dataDir, { recursive: true, force: true, maxRetries: 3 });
    if (this.dataDir === join(this.root, 'data')) rmSync(this.root, { recursive: true, force: true });
  }

  private get postmasterPid(): number {
    return Number(readFileSync(join(this.dataDir, 'postmaster.pid'), 'utf8').split('\n')[0]);
  }

  private children(): number[] {
    const { stdout } = spawnSync('ps', ['-o', 'pid=', '--ppid', String(this.postmasterPid)]);
    return stdout.toString().split('\n').map(Number).filter(Boolean);
  }

  private configure(more: Readonly<Record<string, string>>): void {
    const settings = { ...SETTINGS, port: String(this.port), ...more };
    const lines = Object.entries(settings).map(([name, value]) => `${name} = ${value}\n`);
    this.write('postgresql.conf', lines.join(''));
  }

  private write(name: string, text: string): void {
    const path = join(this.dataDir, name);
    writeFileSync(path, text);
    const { user } = this.tools;
    if (user) chownSync(path, user.uid, user.gid);
  }

  private async run(file: string, args: readonly string[], isDetached = false): Promise<void> {
    const { user } = this.tools;
    const options = { user, clock, deadlineMs: DEADLINE_MS, isDetached };
    const { exitCode, output } = await runCommand(file, [...args, '-D', this.dataDir], options);
    if (exitCode !== 0) throw new Error(`${file} ${args.join(' ')} ended with ${exitCode}: ${output}`);
  }
}
