import { randomBytes } from 'node:crypto';
import {
  chmod,
  chown,
  copyFile,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../../kernel/clock.js';
import type { Binaries } from './binaries.js';
import { runCommand } from './command.js';
import { EmbeddedDataDirError, EmbeddedStartError } from './errors.js';
import type { ServerUser } from './server-user.js';

const SUPERUSER = 'plimsoll';
const DRAFT_PREFIX = 'cluster.new-';
const INITDB_DEADLINE_MS = 120_000;
const LOG_MAX_BYTES = 16 * 1_048_576;
const LOG_TAIL_BYTES = 2_000;

/** What creating a cluster needs. */
export interface InitialiseOptions {
  readonly binaries: Binaries;
  readonly clock: Clock;
  /** False leaves out fsync: for tests, whose data need not survive a power cut. */
  readonly isDurable: boolean;
}

/**
 * The files of one database cluster: its data, the superuser's password and the server's log. They are made
 * in a sibling directory and renamed into place together, so a kill at any moment leaves all of them or none.
 */
export class Cluster {
  readonly directory: string;
  readonly dataDir: string;
  readonly logFile: string;
  private readonly passwordFile: string;

  /** @param user owner of the data; undefined when that is this process */
  constructor(
    private readonly home: string,
    private readonly user: ServerUser | undefined,
  ) {
    this.directory = join(home, 'cluster');
    this.dataDir = join(this.directory, 'data');
    this.logFile = join(this.directory, 'server.log');
    this.passwordFile = join(this.directory, 'password');
  }

  /**
   * Runs initdb unless the cluster is there. Returns whether it did.
   * @throws EmbeddedStartError DATABASE_EMBEDDED_START_FAILED when initdb fails
   * @throws EmbeddedDataDirError DATABASE_EMBEDDED_DATA_DIR when the data belongs to another major version
   */
  async initialise(options: InitialiseOptions): Promise<boolean> {
    await this.removeDrafts();
    if (await this.isPresent(options.binaries.majorVersion)) return false;
    const draft = join(this.home, `${DRAFT_PREFIX}${randomBytes(4).toString('hex')}`);
    try {
      await this.fillDraft(draft, options);
      await rename(draft, this.directory);
    } catch (error) {
      await rm(draft, { recursive: true, force: true, maxRetries: 3 });
      throw error;
    }
    return true;
  }

  /** Connection string of the superuser. */
  async url(port: number): Promise<string> {
    const password = (await readFile(this.passwordFile, 'utf8')).trim();
    return `postgresql://${SUPERUSER}:${password}@127.0.0.1:${port}/postgres`;
  }

  /** Replaces postgresql.conf. Root never follows a link here, since another user owns the directory. */
  async writeSettings(text: string): Promise<void> {
    const draft = join(this.dataDir, `postgresql.conf.${randomBytes(4).toString('hex')}`);
    const file = await open(draft, 'wx', 0o600);
    try {
      await file.writeFile(text);
      if (this.user) await file.chown(this.user.uid, this.user.gid);
    } finally {
      await file.close();
    }
    await rename(draft, join(this.dataDir, 'postgresql.conf'));
  }

  /**
   * Keeps the log below a bound. The server appends, so it goes on writing at the start of the emptied file.
   * Returns whether it was emptied; the last full one stays as server.log.1.
   */
  async boundLog(): Promise<boolean> {
    const size = await stat(this.logFile).then(
      ({ size: bytes }) => bytes,
      () => 0,
    );
    if (size <= LOG_MAX_BYTES) return false;
    await copyFile(this.logFile, `${this.logFile}.1`);
    await truncate(this.logFile);
    return true;
  }

  /** The last lines of the log, for error messages. */
  async logTail(): Promise<string> {
    const text = await readFile(this.logFile, 'utf8').catch(() => '');
    return text.slice(-LOG_TAIL_BYTES).trim();
  }

  private async fillDraft(draft: string, { binaries, clock, isDurable }: InitialiseOptions): Promise<void> {
    const [data, password, log] = ['data', 'password', 'server.log'].map((name) => join(draft, name)) as [
      string,
      string,
      string,
    ];
    await mkdir(data, { recursive: true, mode: 0o700 });
    await chmod(draft, this.user ? 0o711 : 0o700);
    await writeFile(password, `${randomBytes(24).toString('base64url')}\n`, { mode: 0o600 });
    await writeFile(log, '', { mode: 0o600 });
    for (const path of [data, password, log]) await this.give(path);
    const args = [
      '-D',
      data,
      '-U',
      SUPERUSER,
      '--pwfile',
      password,
      '--auth',
      'scram-sha-256',
      '--no-instructions',
    ];
    args.push(
      '--encoding',
      'UTF8',
      '--no-locale',
      '--locale-provider',
      'builtin',
      '--builtin-locale',
      'C.UTF-8',
    );
    if (!isDurable) args.push('--no-sync');
    const options = { user: this.user, clock, deadlineMs: INITDB_DEADLINE_MS };
    const { exitCode, output } = await runCommand(binaries.initdb, args, options);
    if (exitCode !== 0) throw new EmbeddedStartError('initdb', output);
    // Only initdb had to read it as the server's user.
    if (this.user) await chown(password, 0, 0);
  }

  private async give(path: string): Promise<void> {
    if (this.user) await chown(path, this.user.uid, this.user.gid);
  }

  private async isPresent(majorVersion: number): Promise<boolean> {
    const text = await readFile(join(this.dataDir, 'PG_VERSION'), 'utf8').catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    });
    if (text === undefined) return false;
    if (Number(text) === majorVersion) return true;
    throw new EmbeddedDataDirError(
      this.dataDir,
      `it was made by PostgreSQL ${text.trim()}, and the one installed here is ${majorVersion}`,
    );
  }

  private async removeDrafts(): Promise<void> {
    for (const name of await readdir(this.home)) {
      if (!name.startsWith(DRAFT_PREFIX)) continue;
      // The initdb of a killed process may still be writing into it: what it adds now goes at the next start.
      await rm(join(this.home, name), { recursive: true, force: true, maxRetries: 3 }).catch(() => undefined);
    }
  }
}
