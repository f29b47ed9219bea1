import { Histogram } from '../../kernel/histogram.js';
import { bucketOf } from '../../kernel/log-buckets.js';

/** What the client counts as, where the server gave no SQLSTATE. */
const NO_SQLSTATE = 'client';
const DEADLOCK = '40P01';
const SQLSTATE = /^[0-9A-Z]{5}$/;

/** What statements cost, counted at the client. */
export class Figures {
  calls = 0;
  rows = 0;
  errors = 0;
  deadlocks = 0;
  /** Ms, and so is all that follows. */
  readonly durations = new Histogram();
  /** Failures by class of SQLSTATE; undefined without any. */
  errorClasses: Map<string, number> | undefined;
  /** Samples in which the server was seen waiting, by event; undefined without any. */
  waits: Map<string, number> | undefined;

  get totalMs(): number {
    return this.durations.sum;
  }

  get meanMs(): number | null {
    return this.calls === 0 ? null : this.totalMs / this.calls;
  }

  record(durationMs: number, rows: number): void {
    this.calls += 1;
    this.rows += rows;
    this.durations.record(durationMs);
  }

  recordError(error: unknown): void {
    const sqlState = sqlStateOf(error);
    this.errors += 1;
    if (sqlState === DEADLOCK) this.deadlocks += 1;
    this.errorClasses ??= new Map();
    add(this.errorClasses, errorClassOf(sqlState), 1);
  }

  recordWait(event: string): void {
    this.waits ??= new Map();
    add(this.waits, event, 1);
  }

  /** Calls that took `thresholdMs` or longer; of those within 2 % of it some may be shorter. */
  callsFrom(thresholdMs: number): number {
    const { count, max } = this.durations;
    if (max === null || max < thresholdMs) return 0;
    const [shorter = 0] = this.durations.cumulativeCounts([bucketOf(thresholdMs) - 1]);
    return count - shorter;
  }

  merge(other: Figures): void {
    this.calls += other.calls;
    this.rows += other.rows;
    this.errors += other.errors;
    this.deadlocks += other.deadlocks;
    this.durations.merge(other.durations);
    if (other.errorClasses !== undefined) {
      this.errorClasses ??= new Map();
      for (const [name, count] of other.errorClasses) add(this.errorClasses, name, count);
    }
    if (other.waits === undefined) return;
    this.waits ??= new Map();
    for (const [event, count] of other.waits) add(this.waits, event, count);
  }
}

/** SQLSTATE of a driver's error; undefined when the server did not speak. */
export function sqlStateOf(error: unknown): string | undefined {
  const { code } = (error ?? {}) as { code?: unknown };
  // Names of system errors have no digit, but for "E2BIG", and PostgreSQL has no class E2.
  return typeof code === 'string' && SQLSTATE.test(code) && !code.startsWith('E') ? code : undefined;
}

/** First two characters of a SQLSTATE, which are its class; "client" for failures of the connection. */
export function errorClassOf(sqlState: string | undefined): string {
  return sqlState?.slice(0, 2) ?? NO_SQLSTATE;
}

function add(counts: Map<string, number>, name: string, count: number): void {
  counts.set(name, (counts.get(name) ?? 0) + count);
}
