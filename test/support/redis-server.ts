import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from './eventually.js';
import { freePort, optional } from './test-servers.js';

/** As scripts/redis-ladder.mjs describes a server program. */
interface RedisProgram {
  readonly command: string;
  readonly args: readonly string[];
  readonly libraryPath: string;
  readonly container: boolean;
}

/** A Redis server of a test's own, to be killed, frozen and started again on the same port. */
export class RedisServer {
  private child: ChildProcess | undefined;
  private readonly directory = mkdtempSync(join(tmpdir(), 'plimsoll-redis-'));
  private starts = 0;

  private constructor(
    readonly port: number,
    private readonly program: RedisProgram,
    private readonly settings: readonly string[],
  ) {}

  /** @param settings further arguments of redis-server: `--maxmemory`, `10mb` */
  static async start(...settings: string[]): Promise<RedisServer> {
    const program = optional('PLIMSOLL_TEST_REDIS_SERVER');
    if (program === undefined) {
      throw new Error('No Redis server program was found for fault tests: see scripts/redis-ladder.mjs.');
    }
    const server = new RedisServer(await freePort(), JSON.parse(program) as RedisProgram, settings);
    await server.start();
    return server;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** Starts it (again) on its port, empty; returns when it accepts connections. */
  async start(): Promise<void> {
    const { command, args, libraryPath, container } = this.program;
    this.starts += 1;
    const named = container ? [...args.slice(0, 1), '--name', this.containerName, ...args.slice(1)] : args;
    const own = ['--port', String(this.port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
    const directory = container ? [] : ['--dir', this.directory];
    this.child = spawn(command, [...named, ...own, ...directory, ...this.settings], {
      stdio: 'ignore',
      env: libraryPath === '' ? process.env : { ...process.env, LD_LIBRARY_PATH: libraryPath },
    });
    await eventually(() => this.connect(), { withinMs: 20_000 });
  }

  /** As a crash would: nothing is said to the clients. */
  kill(): Promise<void> {
    return this.end('SIGKILL');
  }

  /** Keeps the connections and answers nothing, as a hung host would. */
  freeze(): void {
    this.signal('SIGSTOP');
  }

  thaw(): void {
    this.signal('SIGCONT');
  }

  async stop(): Promise<void> {
    // A frozen process does not see SIGTERM.
    await this.end('SIGKILL');
    rmSync(this.directory, { recursive: true, force: true });
  }

  private get containerName(): string {
    return `plimsoll-test-${process.pid}-${this.port}-${this.starts}`;
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    const { child } = this;
    this.child = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    this.signal(signal, child);
    await exited;
  }

  private signal(signal: NodeJS.Signals, child = this.child): void {
    if (this.program.container) execFileSync('docker', ['kill', '--signal', signal, this.containerName]);
    else child?.kill(signal);
  }

  private async connect(): Promise<void> {
    const socket = createConnection({ port: this.port, host: '127.0.0.1' });
    try {
      await once(socket, 'connect');
    } finally {
      socket.destroy();
    }
  }
}
