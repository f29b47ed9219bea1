/** Work that repeats in the background of one process. */
export interface BackgroundJob {
  /** kebab-case, unique; also the metric label and the name of the lease. */
  readonly name: string;
  readonly everyMs: number;
  /** Delay of the first run; default `everyMs`. */
  readonly firstDelayMs?: number;
  /** Runs on one instance at a time only, by a lease in PostgreSQL. */
  readonly isLeaderOnly?: boolean;
  /** Delay between the end of a run and the next one, instead of the fixed period. */
  readonly nextDelayMs?: (lastDurationMs: number) => number;
  /** Must end soon after `signal` aborts: at shutdown, or when the leadership is lost. */
  readonly run: (signal: AbortSignal) => Promise<void>;
}

/** How a background job is doing. */
export interface JobStatus {
  readonly name: string;
  readonly everyMs: number;
  readonly isRunning: boolean;
  readonly runs: number;
  readonly failures: number;
  /** Runs left out because the previous one was still busy. */
  readonly skipped: number;
  readonly lastStartedAt: Date | null;
  readonly lastDurationMs: number | null;
  /** The latest failure in words that are safe to show; null once a run has succeeded. */
  readonly lastError: string | null;
  /** True on every instance for jobs that need no leader. */
  readonly isLeader: boolean;
}

/** The changing part of a job's status. */
export class JobRecord {
  runs = 0;
  failures = 0;
  skipped = 0;
  lastStartedAt: Date | null = null;
  lastDurationMs: number | null = null;
  lastError: string | null = null;
  /** The run under way. */
  running: Promise<void> | undefined;

  constructor(readonly job: BackgroundJob) {}

  /** A copy for the outside. */
  status(isLeader: boolean): JobStatus {
    const { runs, failures, skipped, lastStartedAt, lastDurationMs, lastError } = this;
    const { name, everyMs } = this.job;
    const isRunning = this.running !== undefined;
    return {
      name,
      everyMs,
      isRunning,
      runs,
      failures,
      skipped,
      lastStartedAt,
      lastDurationMs,
      lastError,
      isLeader,
    };
  }
}
