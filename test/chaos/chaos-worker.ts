import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { FromWorker, ToWorker, WorkerOrder } from './messages.js';

const LOADER = new URL('../../scripts/register-ts.mjs', import.meta.url).href;
const SCRIPT = fileURLToPath(new URL('./worker.ts', import.meta.url));
const END_MS = 30_000;

/** A process of a run, seen from the run. */
export class ChaosWorker {
  private errors = '';

  private constructor(
    private readonly child: ChildProcess,
    readonly index: number,
  ) {
    child.stderr?.on('data', (chunk: Buffer) => {
      this.errors += chunk.toString();
    });
  }

  /** @param hear gets every message */
  static spawn(order: WorkerOrder, hear: (message: FromWorker, worker: ChaosWorker) => void): ChaosWorker {
    const child = spawn(process.execPath, ['--import', LOADER, SCRIPT, JSON.stringify(order)], {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      serialization: 'advanced',
    });
    const worker = new ChaosWorker(child, order.process);
    child.on('message', (message: FromWorker) => hear(message, worker));
    return worker;
  }

  tell(message: ToWorker): void {
    if (this.child.connected) this.child.send(message);
  }

  /** Takes the processor away from it, as when a machine is moved; its connections stay. */
  halt(isHalted: boolean): void {
    this.child.kill(isHalted ? 'SIGSTOP' : 'SIGCONT');
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
