import type { ChangeKind } from './keyspace.js';

/** How a process of a run is started; its first argument, as JSON. */
export interface WorkerOrder {
  readonly url: string;
  readonly namespace: string;
  readonly process: number;
  readonly processes: number;
  readonly seed: number;
  readonly outageStaleMs: number;
  /** False in the control arm. */
  readonly isFenced: boolean;
}

/** A row and the version of it that a reader was given. */
export type Seen = readonly [row: number, version: number];

/** What a value of a run is, in the cache: what it was computed from. */
export type ChaosValue = readonly Seen[];

/** A write that was invalidated. Times are monotonic ms. */
export interface ChangeRecord {
  readonly process: number;
  readonly kind: ChangeKind;
  readonly rows: readonly number[];
  /** Given to all its rows by the database, before the invalidation began. */
  readonly version: number;
  readonly beganAtMs: number;
  readonly acknowledgedAtMs: number;
  /** `set` has no receipt. */
  readonly reach: 'everywhere' | 'later' | 'alone' | 'set';
  readonly sequence: number | null;
}

/** A read that was answered. */
export interface ReadRecord {
  readonly process: number;
  /** Index in KEYS. */
  readonly key: number;
  readonly startedAtMs: number;
  /** When this process last began to look at its sockets before the read; what came earlier has been handled. */
  readonly lookedAtMs: number;
  readonly endedAtMs: number;
  readonly seen: ChaosValue;
  /** Of the cache at the start of the read: its bus, and the invalidations it had applied. */
  readonly bus: string;
  readonly applied: number;
  /** Where the answer came from; getOrLoad does not tell. */
  readonly source?: string;
}

/** Figures of a process at its end. */
export interface WorkerFigures {
  readonly reads: number;
  readonly failures: readonly string[];
  readonly failed: number;
  /** Reads and changes that had not ended when the process had waited for them. */
  readonly hanging: number;
  readonly slowestReadMs: number;
  /** Longest time between two looks at the sockets. */
  readonly longestPauseMs: number;
  readonly counters: Readonly<Record<string, number>>;
}

/** What a process tells the run. */
export type FromWorker =
  | { readonly kind: 'ready' }
  | { readonly kind: 'load'; readonly id: number; readonly row: number }
  | { readonly kind: 'write'; readonly id: number; readonly rows: readonly number[] }
  | { readonly kind: 'changed'; readonly change: ChangeRecord }
  | { readonly kind: 'read'; readonly reads: readonly ReadRecord[]; readonly toldUntilMs: number }
  | { readonly kind: 'ended'; readonly figures: WorkerFigures };

/** What the run tells a process. */
export type ToWorker =
  | { readonly kind: 'begin' }
  | { readonly kind: 'end' }
  | { readonly kind: 'cable'; readonly isPulled: boolean }
  | { readonly kind: 'version'; readonly id: number; readonly version: number };
