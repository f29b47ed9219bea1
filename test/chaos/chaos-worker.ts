import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const LOADER = new URL('../../scripts/register-ts.mjs', import.meta.url).href;
const END_MS = 30_000;

/** What a process of a run is told at its start; its first argument, as JSON. */
export interface ChaosOrder {
  readonly process: number;
}

/** A process of a run, seen from the run. */
export class ChaosWorker<To extends object> {
  private errors = '';

  private constructor(
    private readonly child: ChildProcess,
    readonly index: number,
  ) {
    child.stderr?.on('data', (chunk: Buffer) => {
      this.errors += chunk.toString();
    });
  }

  /**
   * @param script its program, beside this file
   * @param hear gets every message, of the type that program sends
   */
  static spawn<To extends object>(
    script: string,
    order: ChaosOrder,
    hear: (message: unknown, worker: ChaosWorker<To>) => void,
  ): ChaosWorker<To> {
    const program = fileURLToPath(new URL(script, import.meta.url));
    const child = spawn(process.execPath, ['--import', LOADER, program, JSON.stringify(order)], {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      serialization: 'advanced',
    });
    const worker = new ChaosWorker<To>(child, order.process);
    child.on('message', (message: unknown) => hear(message, worker));
    return worker;
  }

  tell(message: To): void {
    if (this.child.connected) this.child.send(message);
  }

  /** Takes the processor away from it, as when a machine is moved; its connections stay. */
  halt(isHalted: boolean): void {
    this.child.kill(isHalted ? 'SIGSTOP' : 'SIGCONT');
  }

  /** As an out-of-memory kill would; nobody waits for it, nor hears its complaints. */
  kill(): void {
    this.child.kill('SIGKILL');
  }

  /** Waits for its end, and insists on it after a while. Answers what it complained of. */
  async ended(): Promise<string> {
    const { child } = this;
    if (child.exitCode === null && child.signalCode === null) {
      const late = setTimeout(() => child.kill('SIGKILL'), END_MS);
      await once(child, 'exit');
      clearTimeout(late);
    }
    if (child.exitCode !== 0)
      this.errors += `Process ${this.index} ended with ${child.exitCode ?? child.signalCode}.`;
    return this.errors;
  }
}
