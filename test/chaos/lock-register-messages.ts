import type { ChaosOrder } from './chaos-worker.js';

/** How a process of a register run is started. */
export interface RegisterOrder extends ChaosOrder {
  readonly databaseUrl: string;
  /** One: locks of that Redis. Several: locks by their vote. */
  readonly masters: readonly string[];
  readonly seed: number;
  readonly registers: number;
  readonly shortestTtlMs: number;
  readonly longestTtlMs: number;
  /** How long the event loop may stand still before its locks are given up. */
  readonly blockedMs: number;
  /** False in control arms: plain reads and writes. */
  readonly isFenced: boolean;
}

/** What came of the updates of a process. */
export interface RegisterFigures {
  readonly acquired: number;
  /** Updates whose commit succeeded. */
  readonly acknowledged: number;
  /** Updates whose commit may have succeeded. */
  readonly unknown: readonly string[];
  /** Updates that were given up, by error code. */
  readonly refused: Readonly<Record<string, number>>;
  /** Errors that no user of locks expects. */
  readonly complaints: readonly string[];
}

/** A holder has read a register, and is about to write. */
export interface RegisterRead {
  readonly register: number;
  readonly value: number;
}

/** What a process tells the run. */
export type FromRegisterWorker =
  | { readonly kind: 'ready' }
  | ({ readonly kind: 'read' } & RegisterRead)
  | { readonly kind: 'ended'; readonly figures: RegisterFigures };

/** What the run tells a process. `aim`: the next holder tells what it read, and writes only when told `write`. */
export interface ToRegisterWorker {
  readonly kind: 'begin' | 'aim' | 'write' | 'end';
}
