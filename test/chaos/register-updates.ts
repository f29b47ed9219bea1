import { AppError } from '../../src/kernel/app-error.js';
import type { Fence, Fences, Lock, LockService } from '../../src/locks/index.js';
import {
  type Database,
  DatabaseUnavailableError,
  StatementTimeoutError,
} from '../../src/platform/database/index.js';
import type { Random } from '../support/random.js';
import type { RegisterFigures, RegisterOrder, RegisterRead } from './lock-register-messages.js';
import type { Registers, RegisterUpdate } from './registers.js';

/** Contenders of a process for each register, so that it waits for itself, too. */
const LANES_PER_REGISTER = 2;
const WAIT_MS = 20_000;
const MOST_COMPLAINTS = 20;

/** What RegisterUpdates is made of. */
export interface RegisterUpdateParts {
  readonly locks: LockService;
  readonly fences: Fences;
  readonly database: Database;
  readonly registers: Registers;
  readonly random: Random;
  readonly order: RegisterOrder;
  /** Called between a read and the write that follows from it. */
  readonly pass: (read: RegisterRead) => Promise<void>;
}

/** Increments registers by reading and writing them under a lock, without end, and keeps count of what came of it. */
export class RegisterUpdates {
  private readonly lanes: Promise<void>[] = [];
  private readonly unknown: string[] = [];
  private readonly refused: Record<string, number> = {};
  private readonly complaints: string[] = [];
  private isEnding = false;
  private acquired = 0;
  private acknowledged = 0;
  private lastId = 0;

  constructor(private readonly parts: RegisterUpdateParts) {}

  begin(): void {
    for (let lane = 0; lane < this.parts.order.registers * LANES_PER_REGISTER; lane += 1) {
      this.lanes.push(this.run(lane % this.parts.order.registers));
    }
  }

  async end(): Promise<RegisterFigures> {
    this.isEnding = true;
    await Promise.all(this.lanes);
    const { acquired, acknowledged, unknown, refused, complaints } = this;
    return { acquired, acknowledged, unknown, refused, complaints: complaints.slice(0, MOST_COMPLAINTS) };
  }

  private async run(register: number): Promise<void> {
    const { locks, order, random } = this.parts;
    while (!this.isEnding) {
      const ttlMs = order.shortestTtlMs + random.below(order.longestTtlMs - order.shortestTtlMs + 1);
      try {
        await locks.withLock(`register:${register}`, (lock) => this.increment(register, lock), {
          ttlMs,
          waitMs: WAIT_MS,
        });
      } catch (error) {
        this.note(error);
      }
    }
  }

  private async increment(register: number, lock: Lock): Promise<void> {
    const { fences, registers, order, pass } = this.parts;
    this.acquired += 1;
    const fence = order.isFenced ? await fences.claim(lock) : undefined;
    const value = await registers.read(register);
    // The control arm is as careful as one can be without a fence.
    lock.assertHeld();
    await pass({ register, value });
    this.lastId += 1;
    await this.write({ id: `${order.process}-${this.lastId}`, register, value: value + 1 }, fence);
  }

  private async write(update: RegisterUpdate, fence: Fence | undefined): Promise<void> {
    const { fences, database, registers } = this.parts;
    try {
      if (fence === undefined) await database.transaction((tx) => registers.write(tx, update));
      else await fences.write(fence, (tx) => registers.write(tx, update));
      this.acknowledged += 1;
    } catch (error) {
      if (error instanceof DatabaseUnavailableError || error instanceof StatementTimeoutError) {
        this.unknown.push(update.id);
      }
      throw error;
    }
  }

  private note(error: unknown): void {
    if (error instanceof AppError) this.refused[error.code] = (this.refused[error.code] ?? 0) + 1;
    else this.complaints.push(String(error));
  }
}
