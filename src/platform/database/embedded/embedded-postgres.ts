import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../../../kernel/app-error.js';
import type { Clock } from '../../../kernel/clock.js';
import { type Binaries, findBinaries } from './binaries.js';
import { Cluster } from './cluster.js';
import { DirectoryLock } from './directory-lock.js';
import { EmbeddedDataDirError } from './errors.js';
import type { EmbeddedPostgresEvent } from './events.js';
import { createHome, locateHome, systemRoot } from './home.js';
import { keepAlive } from './keep-alive.js';
import { findFreePort, isPortFree } from './port.js';
import { Postmaster, type RunningServer } from './postmaster.js';
import { preloadSettings } from './preload.js';
import { renderSettings, type ServerSettings } from './server-settings.js';
import { chooseServerUser, type ServerUser } from './server-user.js';
import { ServerUsers } from './server-users.js';
import { ServerWatch } from './server-watch.js';

/** Longer than anything one holder does: initdb, a start, and both ways to stop. */
const LOCK_DEADLINE_MS = 180_000;
const PORT_ATTEMPTS = 3;

/** Errors of the file system that say the directory is the trouble, not this program. */
const DIRECTORY_TROUBLE = ['EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'EDQUOT', 'ENOTDIR', 'EEXIST', 'ELOOP'];

/** How the embedded server is kept. */
export interface EmbeddedPostgresOptions {
  /** Absolute path; created when missing. */
  readonly dataDir: string;
  readonly clock: Clock;
  /** Told about every change of the server's life; must not throw. */
  readonly onEvent: (event: EmbeddedPostgresEvent) => void;
  /** Added to, or put over, the settings of postgresql.conf. */
  readonly settings?: ServerSettings;
}

/**
 * - stopped: nothing runs on behalf of this object
 * - starting, stopping: between the two
 * - running: the server was alive at the last look
 * - restarting: the server died and is being started again
 * - failed: it could not be started again; statements fail until `stop` and `start`
 */
export type EmbeddedPostgresState = 'stopped' | 'starting' | 'running' | 'restarting' | 'failed' | 'stopping';

/** Everything that is known once the directory has been opened. */
interface Opened {
  readonly cluster: Cluster;
  readonly postmaster: Postmaster;
  readonly binaries: Binaries;
  readonly users: ServerUsers;
  readonly lock: DirectoryLock;
  readonly portFile: string;
}

/**
 * A PostgreSQL server of one's own, for whoever has none: no set-up, loopback only, one data directory.
 *
 * The server is a process beside this one, not a child: it outlives a SIGKILL of Node, and the next start
 * finds it again. Processes that share a data directory share the server; the last one to leave stops it.
 * While any of them runs, a watch starts the server again when it dies. Everything that changes the server
 * happens under a lock of the directory, and every wait has an end.
 */
export class EmbeddedPostgres {
  private currentState: EmbeddedPostgresState = 'stopped';
  private starting: Promise<{ url: string }> | undefined;
  private opened: Opened | undefined;
  private watch: ServerWatch | undefined;

  constructor(private readonly options: EmbeddedPostgresOptions) {}

  /** Where in its life the server is, as seen by this process. */
  get state(): EmbeddedPostgresState {
    return this.currentState;
  }

  /**
   * Starts the server, or joins the one that runs, and returns the superuser's connection string. The first
   * start takes about a second, later ones some 0.1 s. A second call returns the first one's result.
   * @throws AppError DATABASE_EMBEDDED_UNSUPPORTED, _NO_USER, _DATA_DIR, _BUSY, _START_FAILED
   */
  start(): Promise<{ url: string }> {
    this.starting ??= keepAlive(() => this.open()).catch((error: unknown) => {
      this.starting = undefined;
      this.currentState = 'stopped';
      throw this.explain(error);
    });
    return this.starting;
  }

  /**
   * Leaves the server, and stops it when nobody else uses it. Waits for a start in progress first.
   * @throws AppError DATABASE_EMBEDDED_BUSY, DATABASE_EMBEDDED_STOP_FAILED
   */
  async stop(): Promise<void> {
    // A start that failed has told its own caller.
    await this.starting?.catch(() => undefined);
    const { opened } = this;
    if (!opened) return;
    this.currentState = 'stopping';
    await keepAlive(async () => {
      await this.watch?.stop();
      await opened.lock.run(() => this.leave(opened));
    });
    this.opened = undefined;
    this.starting = undefined;
    this.currentState = 'stopped';
  }

  private async open(): Promise<{ url: string }> {
    this.currentState = 'starting';
    const opened = await this.openDirectory();
    const server = await opened.lock.run(async () => {
      await opened.users.join();
      try {
        return await this.ensureRunning(opened);
      } catch (error) {
        await opened.users.leave();
        throw error;
      }
    });
    this.opened = opened;
    this.watch = this.watchOver(opened, server.port);
    this.currentState = 'running';
    return { url: await opened.cluster.url(server.port) };
  }

  private async openDirectory(): Promise<Opened> {
    const { dataDir, clock } = this.options;
    const user = await chooseServerUser(join(await locateHome(dataDir), 'cluster', 'data'));
    const home = await createHome(dataDir, user, clock);
    const binaries = await findBinaries({ user, clock, cacheDir: () => cacheDir(home, user, clock) });
    const cluster = new Cluster(home, user);
    return {
      cluster,
      postmaster: new Postmaster(cluster, { binaries, user, clock }),
      binaries,
      users: new ServerUsers(join(home, 'users')),
      lock: new DirectoryLock(join(home, 'lock'), clock, LOCK_DEADLINE_MS),
      portFile: join(home, 'port'),
    };
  }

  private async ensureRunning(opened: Opened): Promise<RunningServer> {
    const { clock, settings, onEvent } = this.options;
    const startedAt = clock.monotonic();
    const isDurable = settings?.['fsync'] !== 'off';
    const isNew = await opened.cluster.initialise({ binaries: opened.binaries, clock, isDurable });
    if (isNew) onEvent({ kind: 'initialised', directory: opened.cluster.directory });
    const joined = await opened.postmaster.settle();
    if (joined) {
      onEvent({ kind: 'joined', pid: joined.pid, port: joined.port });
      return joined;
    }
    const server = await this.startOnFreePort(opened);
    const tookMs = Math.round(clock.monotonic() - startedAt);
    onEvent({ kind: 'started', pid: server.pid, port: server.port, tookMs });
    return server;
  }

  /** On the port of last time, so that what was configured with it stays true, else on another one. */
  private async startOnFreePort(opened: Opened): Promise<RunningServer> {
    const lastPort = Number(await readFile(opened.portFile, 'utf8').catch(() => '0'));
    let port = lastPort > 0 && (await isPortFree(lastPort)) ? lastPort : await findFreePort();
    for (let attempt = 1; ; attempt += 1) {
      try {
        const server = await this.startOn(opened, port);
        if (lastPort > 0 && port !== lastPort) this.options.onEvent({ kind: 'port-changed', port, lastPort });
        await writeFile(opened.portFile, `${port}\n`);
        return server;
      } catch (error) {
        // Somebody may have taken the port between the look and the start; any other reason would only repeat.
        if (attempt === PORT_ATTEMPTS || (await isPortFree(port))) throw error;
        port = await findFreePort();
      }
    }
  }

  private async startOn(opened: Opened, port: number): Promise<RunningServer> {
    await opened.cluster.boundLog();
    const settings = { ...preloadSettings(opened.binaries), ...this.options.settings };
    await opened.cluster.writeSettings(renderSettings(port, settings));
    return opened.postmaster.start();
  }

  /** The port never changes here: connection pools hold it. */
  private watchOver(opened: Opened, port: number): ServerWatch {
    return new ServerWatch({
      clock: this.options.clock,
      onEvent: this.options.onEvent,
      isAlive: () => opened.postmaster.find() !== undefined,
      // Another process that shares the server may have been faster.
      restart: () =>
        opened.lock.run(async () => (await opened.postmaster.settle()) ?? (await this.startOn(opened, port))),
      boundLog: () => opened.cluster.boundLog(),
      onState: (state) => {
        if (this.currentState !== 'stopping') this.currentState = state;
      },
    });
  }

  private async leave({ users, postmaster }: Opened): Promise<void> {
    const others = await users.leave();
    if (others === 0) await postmaster.stop();
    this.options.onEvent(others === 0 ? { kind: 'stopped' } : { kind: 'left-running', others });
  }

  private explain(error: unknown): unknown {
    if (error instanceof AppError) return error;
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === undefined || !DIRECTORY_TROUBLE.includes(code)) return error;
    return new EmbeddedDataDirError(this.options.dataDir, message, error);
  }
}

async function cacheDir(home: string, user: ServerUser | undefined, clock: Clock): Promise<string> {
  return join(user ? await systemRoot(user, clock) : home, 'binaries');
}
