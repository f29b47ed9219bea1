import { setTimeout as pause } from 'node:timers/promises';
import { eventually } from '../support/eventually.js';
import type { Random } from '../support/random.js';
import type { ChaosWorker } from './chaos-worker.js';
import type { RegisterRead, ToRegisterWorker } from './lock-register-messages.js';
import type { Registers } from './registers.js';

/** Between stops all processes work. */
const LONGEST_REST_MS = 200;
const LONGEST_SURPLUS_MS = 400;
/** A process that waited for all its locks, and for others that were stopped, has one by then. */
const READ_MS = 20_000;

/** What ProcessStops is made of. */
export interface ProcessStopParts {
  readonly workers: readonly ChaosWorker<ToRegisterWorker>[];
  readonly registers: Registers;
  readonly random: Random;
  /** Every lock of a process that is stopped for as long has ended. */
  readonly leastMs: number;
}

/** Takes the processor away from processes that hold locks, until others have them. */
export class ProcessStops {
  count = 0;
  /** Of them, those between a read and its write. */
  aimed = 0;
  private read: RegisterRead | undefined;

  constructor(private readonly parts: ProcessStopParts) {}

  heardRead(read: RegisterRead): void {
    this.read = read;
  }

  /** One between a read and its write, then one at any moment, and so on. */
  async next(): Promise<void> {
    const { workers, random } = this.parts;
    await pause(random.below(LONGEST_REST_MS));
    const worker = random.of(workers);
    if (this.count % 2 === 0) await this.stopAfterRead(worker);
    else await this.stop(worker, () => Promise.resolve());
    this.count += 1;
  }

  private async stopAfterRead(worker: ChaosWorker<ToRegisterWorker>): Promise<void> {
    const { registers } = this.parts;
    this.read = undefined;
    worker.tell({ kind: 'aim' });
    const { register, value } = await eventually(() => this.requireRead(), { withinMs: READ_MS });
    await this.stop(worker, () =>
      eventually(async () => expect(await registers.read(register)).toBeGreaterThan(value)),
    );
    this.aimed += 1;
  }

  /** Until every lock it has is over, and `others` have gone on. */
  private async stop(worker: ChaosWorker<ToRegisterWorker>, others: () => Promise<void>): Promise<void> {
    const { random, leastMs } = this.parts;
    worker.halt(true);
    try {
      // Found when it goes on.
      worker.tell({ kind: 'write' });
      await pause(leastMs + random.below(LONGEST_SURPLUS_MS));
      await others();
    } finally {
      worker.halt(false);
    }
  }

  private requireRead(): RegisterRead {
    if (this.read === undefined) throw new Error('The process told of no read.');
    return this.read;
  }
}
