import type { Clock } from '../../kernel/clock.js';
import type { SentStatement, StatementOutcome, StatementWatcher } from '../../platform/database/index.js';
import { errorClassOf, sqlStateOf } from './figures.js';
import type { ProfileMetrics } from './profile-metrics.js';
import type { SlowLog } from './slow-log.js';
import type { TextEntry, TextTable } from './text-table.js';

/** A statement that the server has not answered yet; one of a list, which needs no look-up to leave. */
interface Running {
  readonly connection: object;
  readonly entry: TextEntry | undefined;
  readonly startedAtMs: number;
  previous: Running | undefined;
  next: Running | undefined;
}

/** What StatementProfile is made of. */
export interface StatementProfileParts {
  readonly texts: TextTable;
  readonly slowLog: SlowLog;
  readonly metrics: ProfileMetrics;
  readonly clock: Clock;
  readonly slowMs: number;
}

/**
 * Times every statement of the pool, from the moment it is sent to its whole answer: the wait for a connection is the
 * pool's, the wait for the event loop is in here. In the hot path: one look-up by text, two looks at the clock.
 */
export class StatementProfile implements StatementWatcher {
  /** The one that began last. */
  private latest: Running | undefined;

  constructor(private readonly parts: StatementProfileParts) {}

  began({ text, values, connection }: SentStatement): (outcome: StatementOutcome) => void {
    const { texts, clock } = this.parts;
    const run: Running = {
      connection,
      entry: texts.entryOf(text),
      startedAtMs: clock.monotonic(),
      previous: this.latest,
      next: undefined,
    };
    if (this.latest !== undefined) this.latest.next = run;
    this.latest = run;
    return (outcome) => {
      this.leave(run);
      this.ended(run, values, outcome);
    };
  }

  /** The statement under way on the connection whose backend is `pid`; the first of those that queue there. */
  runningOn(pid: number): TextEntry | undefined {
    let found: Running | undefined;
    for (let run = this.latest; run !== undefined; run = run.previous) {
      if ((run.connection as { processID?: unknown }).processID === pid) found = run;
    }
    return found?.entry;
  }

  private leave(run: Running): void {
    const { previous, next } = run;
    if (previous !== undefined) previous.next = next;
    if (next !== undefined) next.previous = previous;
    else this.latest = previous;
    run.previous = undefined;
    run.next = undefined;
  }

  private ended(
    { entry, startedAtMs }: Running,
    values: readonly unknown[],
    { rows, error }: StatementOutcome,
  ): void {
    const { texts, clock, metrics, slowMs } = this.parts;
    const durationMs = clock.monotonic() - startedAtMs;
    const isPlaced = entry !== undefined && !entry.isForgotten;
    const figures = isPlaced ? entry.figures : texts.other;
    figures.record(durationMs, rows);
    metrics.duration(durationMs);
    if (error !== undefined) {
      figures.recordError(error);
      metrics.failed(errorClassOf(sqlStateOf(error)), sqlStateOf(error));
    }
    if (!isPlaced) metrics.overflowed();
    if (durationMs >= slowMs) this.noteSlow({ entry, durationMs, values, rows, error });
  }

  private noteSlow(run: {
    entry: TextEntry | undefined;
    durationMs: number;
    values: readonly unknown[];
    rows: number;
    error: unknown;
  }): void {
    this.parts.metrics.slow();
    this.parts.slowLog.record({ ...run, sqlState: sqlStateOf(run.error) });
  }
}
