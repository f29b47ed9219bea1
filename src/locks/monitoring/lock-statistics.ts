import { AppError } from '../../kernel/app-error.js';
import { Histogram } from '../../kernel/histogram.js';

/** Counts since the start, by outcome. */
export class LockCounters {
  acquired = 0;
  /** Of these, after waiting for somebody else. */
  contended = 0;
  /** Taken once more by who had it already. */
  reentered = 0;
  released = 0;
  busy = 0;
  timedOut = 0;
  aborted = 0;
  deadlocks = 0;
  noQuorum = 0;
  lost = 0;
  extended = 0;
  extensionFailures = 0;
  releaseFailures = 0;
}

/** Milliseconds; null without any. */
export interface Spread {
  readonly count: number;
  readonly p50: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
}

/** How much a resource is fought for. */
export interface ContentionRow {
  readonly resource: string;
  readonly waitingNow: number;
  readonly acquired: number;
  readonly timedOut: number;
  readonly deadlocks: number;
  readonly totalWaitMs: number;
  readonly maxWaitMs: number;
}

interface Contention {
  waitingNow: number;
  acquired: number;
  timedOut: number;
  deadlocks: number;
  totalWaitMs: number;
  maxWaitMs: number;
}

const MOST_RESOURCES = 1_000;
const OUTCOMES: Readonly<Record<string, 'busy' | 'timedOut' | 'aborted' | 'deadlocks' | 'noQuorum'>> = {
  LOCK_BUSY: 'busy',
  LOCK_TIMEOUT: 'timedOut',
  LOCK_ABORTED: 'aborted',
  LOCK_DEADLOCK: 'deadlocks',
  LOCK_NO_QUORUM: 'noQuorum',
};

/** What happened to the locks of one process. Resources are only remembered when somebody waited for them. */
export class LockStatistics {
  readonly counters = new LockCounters();
  private readonly waits = new Histogram();
  private readonly holds = new Histogram();
  /** In the order of last use; bounded, oldest out. */
  private readonly contended = new Map<string, Contention>();

  recordAcquired(resource: string, waitedMs: number, hasWaited: boolean): void {
    this.counters.acquired += 1;
    this.waits.record(waitedMs);
    if (!hasWaited) return;
    this.counters.contended += 1;
    const row = this.rowOf(resource);
    row.acquired += 1;
    row.totalWaitMs += waitedMs;
    row.maxWaitMs = Math.max(row.maxWaitMs, waitedMs);
  }

  recordRefused(resource: string, error: unknown, waitedMs: number): void {
    const outcome = error instanceof AppError ? OUTCOMES[error.code] : undefined;
    if (outcome === undefined) return;
    this.counters[outcome] += 1;
    if (outcome !== 'timedOut' && outcome !== 'deadlocks') return;
    const row = this.rowOf(resource);
    row[outcome] += 1;
    row.totalWaitMs += waitedMs;
    row.maxWaitMs = Math.max(row.maxWaitMs, waitedMs);
  }

  beginWait(resource: string): void {
    this.rowOf(resource).waitingNow += 1;
  }

  endWait(resource: string): void {
    const row = this.rowOf(resource);
    row.waitingNow = Math.max(0, row.waitingNow - 1);
  }

  recordReleased(heldMs: number): void {
    this.counters.released += 1;
    this.holds.record(heldMs);
  }

  get waitMs(): Spread {
    return spreadOf(this.waits);
  }

  get holdMs(): Spread {
    return spreadOf(this.holds);
  }

  /** The most waited for first. */
  contention(limit: number): ContentionRow[] {
    return [...this.contended]
      .map(([resource, row]) => ({ resource, ...row }))
      .sort((a, b) => b.totalWaitMs - a.totalWaitMs || b.waitingNow - a.waitingNow)
      .slice(0, limit);
  }

  private rowOf(resource: string): Contention {
    const known = this.contended.get(resource);
    const row = known ?? {
      waitingNow: 0,
      acquired: 0,
      timedOut: 0,
      deadlocks: 0,
      totalWaitMs: 0,
      maxWaitMs: 0,
    };
    this.contended.delete(resource);
    this.contended.set(resource, row);
    for (const oldest of this.contended.keys()) {
      if (this.contended.size <= MOST_RESOURCES) break;
      this.contended.delete(oldest);
    }
    return row;
  }
}

function spreadOf(histogram: Histogram): Spread {
  const [p50 = null, p95 = null, p99 = null] = histogram.quantiles([0.5, 0.95, 0.99]);
  return { count: histogram.count, p50, p95, p99 };
}
