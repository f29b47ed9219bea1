import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { eventually } from './eventually.js';
import { freePort } from './test-servers.js';

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const START_MS = 60_000;

/** Variables of the machine that the server needs; everything else comes from the test. */
const PASSED_ON = ['PATH', 'HOME', 'TMPDIR', 'SystemRoot', 'TEMP', 'TMP'];

/** How a test runs the built server as a process of its own. */
export interface ServerProcessOptions {
  /** Its whole configuration: nothing of the caller's environment leaks in. Empty values unset. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** In a process group of its own, so that `interruptGroup` can send Ctrl-C to it. */
  readonly isGroupLeader?: boolean;
}

/** dist/main.js as a child process: its address, its output, and ways to end it. */
export class ServerProcess {
  private text = '';

  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
  ) {
    const collect = (chunk: Buffer): void => {
      this.text += chunk.toString();
    };
    child.stdout?.on('data', collect);
    child.stderr?.on('data', collect);
  }

  /** Starts it and waits until GET /livez answers 200. */
  static async start(options: ServerProcessOptions): Promise<ServerProcess> {
    const server = await ServerProcess.spawn(options);
    try {
      await eventually(() => server.assertAnswersOrEnded(), { withinMs: START_MS });
      if (server.hasEnded)
        throw new Error(`The server ended with code ${server.child.exitCode}. Output:\n${server.text}`);
      return server;
    } catch (error) {
      await server.kill();
      throw error;
    }
  }

  /** Starts it without waiting: for servers that must refuse to start. */
  static async spawn({ env, cwd, isGroupLeader }: ServerProcessOptions): Promise<ServerProcess> {
    const port = env['PORT'] ?? String(await freePort());
    const machine = Object.fromEntries(PASSED_ON.map((name) => [name, process.env[name] ?? '']));
    const child = spawn(process.execPath, [MAIN], {
      env: { ...machine, HOST: '127.0.0.1', ...env, PORT: port },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: isGroupLeader ?? false,
      ...(cwd !== undefined && { cwd }),
    });
    return new ServerProcess(child, `http://127.0.0.1:${port}`);
  }

  /** Standard output and error so far. */
  get output(): string {
    return this.text;
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** The lines of the output that are JSON objects. */
  get logLines(): Record<string, unknown>[] {
    const lines = this.text.split('\n').filter((line) => line.startsWith('{') && line.endsWith('}'));
    return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  /** Sends SIGTERM, as Kubernetes does, and returns the exit code. */
  async terminate(): Promise<number | null> {
    this.child.kill('SIGTERM');
    return this.exitCode();
  }

  /** As an out-of-memory kill would. */
  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.exitCode();
  }

  /** Ctrl-C in a terminal: SIGINT for every process of the group. Needs `isGroupLeader`. */
  async interruptGroup(): Promise<number | null> {
    process.kill(-this.pid, 'SIGINT');
    return this.exitCode();
  }

  /** Waits for the end; null when a signal ended it. */
  async exitCode(): Promise<number | null> {
    if (!this.hasEnded) await once(this.child, 'exit');
    return this.child.exitCode;
  }

  private get hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  private async assertAnswersOrEnded(): Promise<void> {
    if (this.hasEnded) return;
    const { status } = await fetch(`${this.url}/livez`, { signal: AbortSignal.timeout(2_000) });
    if (status !== 200) throw new Error(`GET /livez answered ${status}. Output:\n${this.text}`);
  }
}
