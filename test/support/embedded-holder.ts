import { type ChildProcess, spawn, type StdioOptions } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { eventually } from './eventually.js';

/** What a holder runs; it needs the built dist/. */
export const HOLDER_SCRIPT = fileURLToPath(new URL('./hold-embedded-server.mjs', import.meta.url));

/** As whom a holder runs; for tests that themselves run as root. */
export interface HolderOptions {
  readonly uid?: number;
  readonly gid?: number;
}

/** Another process that uses an embedded server, to be killed at will. Leads a process group of its own. */
export class EmbeddedHolder {
  private text = '';

  private constructor(private readonly child: ChildProcess) {
    child.stdout?.on('data', (chunk: Buffer) => {
      this.text += chunk.toString();
    });
    child.stderr?.on('data', (chunk: Buffer) => {
      this.text += chunk.toString();
    });
  }

  /** Begins the start and does not wait for it. */
  static spawn(dataDir: string, options: HolderOptions = {}): EmbeddedHolder {
    // The channel tells the holder when this process is gone, however it went.
    const stdio: StdioOptions = ['ignore', 'pipe', 'pipe', 'ipc'];
    return new EmbeddedHolder(
      spawn(process.execPath, [HOLDER_SCRIPT, dataDir], { stdio, detached: true, ...options }),
    );
  }

  /** Starts one and waits until its server is ready. */
  static async start(dataDir: string, options: HolderOptions = {}): Promise<EmbeddedHolder> {
    const holder = EmbeddedHolder.spawn(dataDir, options);
    await holder.ready();
    return holder;
  }

  /** Everything it printed: events and the final state, a JSON object each. */
  get lines(): Record<string, unknown>[] {
    const lines = this.text.split('\n').filter((line) => line.startsWith('{'));
    return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  get kinds(): unknown[] {
    return this.lines.flatMap(({ kind }) => (kind === undefined ? [] : [kind]));
  }

  get url(): string {
    return String(this.lines.find(({ url }) => url !== undefined)?.['url']);
  }

  /** Waits for the server; fails with what the holder printed. */
  async ready(): Promise<void> {
    await eventually(
      () => {
        if (this.lines.every(({ url }) => url === undefined)) throw new Error(`No server yet:\n${this.text}`);
      },
      { withinMs: 30_000 },
    );
  }

  /** Sends a signal to the holder alone and returns its exit code. */
  async end(signal: NodeJS.Signals): Promise<number | null> {
    this.child.kill(signal);
    return this.exitCode();
  }

  /** Sends a signal to its whole process group, as a terminal does. */
  async endGroup(signal: NodeJS.Signals): Promise<number | null> {
    if (this.child.pid !== undefined) process.kill(-this.child.pid, signal);
    return this.exitCode();
  }

  /** Waits for the end; null when a signal ended it. */
  async exitCode(): Promise<number | null> {
    if (this.child.exitCode === null && this.child.signalCode === null) await once(this.child, 'exit');
    return this.child.exitCode;
  }
}
