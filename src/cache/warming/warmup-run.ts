import { AppError } from '../../kernel/app-error.js';
import type { WarmingStrategy } from './strategies.js';

/** running, or how a run ended: all was warmed, some of it, nothing, or it was ended early. */
export type WarmupOutcome = 'running' | 'succeeded' | 'partly-failed' | 'failed' | 'interrupted';

/** What could not be warmed. */
export interface WarmupFailure {
  readonly task: string;
  /** The shape of its key, because keys name tenants; the log has the key. Null: the task as a whole, or an item without one. */
  readonly key: string | null;
  /** See failureCode. */
  readonly code: string;
}

/** A warm-up, as it is shown. */
export interface WarmupRun {
  readonly runId: string;
  readonly strategy: WarmingStrategy;
  readonly state: WarmupOutcome;
  readonly startedAt: string;
  readonly finishedAt: string | null;
  /** Values known so far, and what became of them. */
  readonly total: number;
  readonly done: number;
  readonly failed: number;
  /** Of the values known so far, 0 to 100. */
  readonly percent: number;
  /** Until the end, from the pace so far; null before the first value and after the end. */
  readonly etaMs: number | null;
  /** Other instances see it, and begin none beside it. */
  readonly isShared: boolean;
  /** The first 20. */
  readonly failures: readonly WarmupFailure[];
}

/** What WarmupProgress begins with. */
export interface WarmupStart {
  readonly runId: string;
  readonly strategy: WarmingStrategy;
  readonly startedAt: Date;
  readonly startedAtMs: number;
}

const MOST_FAILURES = 20;

/** Stable code of an error; UNEXPECTED for errors that have none: their text is not for everybody. */
export function failureCode(error: unknown): string {
  return error instanceof AppError ? error.code : 'UNEXPECTED';
}

/** Counts a run. */
export class WarmupProgress {
  private total = 0;
  private done = 0;
  private failed = 0;
  private outcome: WarmupOutcome = 'running';
  private finishedAt: Date | undefined;
  private isShared = false;
  private readonly failures: WarmupFailure[] = [];

  constructor(private readonly start: WarmupStart) {}

  expect(items: number): void {
    this.total += items;
  }

  succeeded(): void {
    this.done += 1;
  }

  /** What `failure` is the reason of: one value, unless `items` says how many. */
  fail(failure: WarmupFailure, items = 1): void {
    this.failed += items;
    if (this.failures.length < MOST_FAILURES) this.failures.push(failure);
  }

  /** Whether the others have heard of it lately. */
  shared(isShared: boolean): void {
    this.isShared = isShared;
  }

  finish(at: Date, isInterrupted: boolean): void {
    this.finishedAt = at;
    if (isInterrupted) this.outcome = 'interrupted';
    else if (this.failed === 0) this.outcome = 'succeeded';
    else this.outcome = this.done === 0 ? 'failed' : 'partly-failed';
  }

  show(nowMs: number): WarmupRun {
    const ended = this.done + this.failed;
    const left = this.total - ended;
    const isRunning = this.outcome === 'running';
    return {
      runId: this.start.runId,
      strategy: this.start.strategy,
      state: this.outcome,
      startedAt: this.start.startedAt.toISOString(),
      finishedAt: this.finishedAt?.toISOString() ?? null,
      total: this.total,
      done: this.done,
      failed: this.failed,
      percent: this.total === 0 ? (isRunning ? 0 : 100) : Math.floor((100 * ended) / this.total),
      etaMs: isRunning && ended > 0 ? Math.round(((nowMs - this.start.startedAtMs) / ended) * left) : null,
      isShared: this.isShared,
      failures: [...this.failures],
    };
  }
}
