import { readFileSync } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../../kernel/clock.js';
import type { Binaries } from './binaries.js';
import type { Cluster } from './cluster.js';
import { type CommandOptions, runCommand } from './command.js';
import { EmbeddedStartError, EmbeddedStopError } from './errors.js';
import { endOrphans, worksIn } from './orphans.js';
import { identify } from './process-identity.js';
import type { ServerUser } from './server-user.js';

const START_DEADLINE_S = 60;
const FAST_STOP_DEADLINE_S = 20;
const IMMEDIATE_STOP_DEADLINE_S = 10;
const MARGIN_MS = 5_000;
const POLL_MS = 50;

/** How long a postmaster.pid may stay empty before it counts as the trace of a crash. */
const EMPTY_FILE_GRACE_MS = 1_000;

/** A living server, from its postmaster.pid. */
export interface RunningServer {
  readonly pid: number;
  readonly port: number;
  /** As the server wrote it: starting, ready, stopping, standby. */
  readonly status: string;
}

/** What the state file says: no file, the trace of a dead server, or a living one. */
type Trace = 'none' | 'stale' | RunningServer;

/** What running a server needs besides its files. */
export interface PostmasterOptions {
  readonly binaries: Binaries;
  readonly user: ServerUser | undefined;
  readonly clock: Clock;
}

/** Starts, finds and stops the server process of one cluster through pg_ctl. */
export class Postmaster {
  private readonly pidFile: string;

  constructor(
    private readonly cluster: Cluster,
    private readonly options: PostmasterOptions,
  ) {
    this.pidFile = join(cluster.dataDir, 'postmaster.pid');
  }

  /** The living server, whatever its status. Cheap: one small file and /proc. */
  find(): RunningServer | undefined {
    const trace = this.readTrace();
    return typeof trace === 'string' ? undefined : trace;
  }

  /**
   * The server once it is ready, or undefined once it is gone: one that was interrupted while starting or
   * stopping is waited for.
   * @throws EmbeddedStartError DATABASE_EMBEDDED_START_FAILED when it is neither within the deadline
   */
  async settle(): Promise<RunningServer | undefined> {
    const { clock } = this.options;
    const startedAt = clock.monotonic();
    for (;;) {
      const server = this.find();
      if (!server || server.status === 'ready') return server;
      if (clock.monotonic() - startedAt > START_DEADLINE_S * 1_000) {
        throw new EmbeddedStartError(
          `process ${server.pid} is ${server.status}`,
          await this.cluster.logTail(),
        );
      }
      await clock.sleep(POLL_MS);
    }
  }

  /** Starts the server and returns when it accepts connections. */
  async start(): Promise<RunningServer> {
    await this.removeStaleFile();
    await endOrphans(this.cluster.dataDir, this.options.clock);
    // Detached: a Ctrl-C at this moment would make pg_ctl take the server down again.
    const args = ['start', '-l', this.cluster.logFile, '-t', String(START_DEADLINE_S)];
    const result = await this.pgCtl(args, {
      deadlineMs: START_DEADLINE_S * 1_000 + MARGIN_MS,
      isDetached: true,
    });
    const server = this.find();
    if (result.exitCode === 0 && server) return server;
    throw new EmbeddedStartError('pg_ctl start', `${result.output}\n${await this.cluster.logTail()}`.trim());
  }

  /**
   * Stops the server: fast first, which rolls open transactions back, then immediately, which the next start
   * recovers from.
   * @throws EmbeddedStopError DATABASE_EMBEDDED_STOP_FAILED
   */
  async stop(): Promise<void> {
    const ways = [
      { mode: 'fast', deadlineS: FAST_STOP_DEADLINE_S },
      { mode: 'immediate', deadlineS: IMMEDIATE_STOP_DEADLINE_S },
    ];
    let output = '';
    for (const { mode, deadlineS } of ways) {
      if (!this.find()) return;
      const args = ['stop', '-m', mode, '-t', String(deadlineS)];
      ({ output } = await this.pgCtl(args, { deadlineMs: deadlineS * 1_000 + MARGIN_MS, isDetached: true }));
    }
    const survivor = this.find();
    if (survivor) throw new EmbeddedStopError(survivor.pid, output);
  }

  private pgCtl(
    [command = '', ...args]: readonly string[],
    options: Pick<CommandOptions, 'deadlineMs' | 'isDetached'>,
  ): ReturnType<typeof runCommand> {
    const { binaries, user, clock } = this.options;
    return runCommand(binaries.pgCtl, [command, '-D', this.cluster.dataDir, '-w', '-s', ...args], {
      ...options,
      user,
      clock,
    });
  }

  private readTrace(): Trace {
    let text: string;
    try {
      text = readFileSync(this.pidFile, 'utf8');
    } catch {
      return 'none';
    }
    // Lines: pid, data directory, start time, port, socket directory, address, shared memory, status.
    const lines = text.split('\n').map((line) => line.trim());
    const pid = Math.abs(Number(lines[0]));
    if (!this.isOurServer(pid)) return 'stale';
    return { pid, port: Number(lines[3]), status: lines[7] || 'starting' };
  }

  /** A pid that another program has by now is the common case after a container restarts. */
  private isOurServer(pid: number): boolean {
    return identify(pid) !== undefined && worksIn(this.cluster.dataDir, pid);
  }

  /**
   * PostgreSQL refuses to start while the pid in the file can be signalled, be it a zombie or another program.
   * Its own check of shared memory still guards against backends that outlived their server.
   */
  private async removeStaleFile(): Promise<void> {
    if (this.readTrace() !== 'stale') return;
    const { size } = await stat(this.pidFile).catch(() => ({ size: 0 }));
    if (size === 0) await this.options.clock.sleep(EMPTY_FILE_GRACE_MS);
    if (this.readTrace() === 'stale') await rm(this.pidFile, { force: true });
  }
}
