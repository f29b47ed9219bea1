import type { Clock } from '../../kernel/clock.js';
import type { SentStatement, StatementOutcome, StatementWatcher } from '../../platform/database/index.js';
import { errorClassOf, sqlStateOf } from './figures.js';
import type { ProfileMetrics } from './profile-metrics.js';
import type { SlowLog } from './slow-log.js';
import type { TextEntry, TextTable } from './text-table.js';

const MOST_SAMPLE_CHARACTERS = 8_192;

/** A statement that the server has not answered yet. */
interface Running {
  readonly entry: TextEntry | undefined;
  readonly startedAtMs: number;
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
  private readonly running = new Map<object, Running>();

  constructor(private readonly parts: StatementProfileParts) {}

  began({ text, values, connection }: SentStatement): (outcome: StatementOutcome) => void {
    const { texts, clock } = this.parts;
    const run = { entry: texts.entryOf(text), startedAtMs: clock.monotonic() };
    this.running.set(connection, run);
    return (outcome) => {
      // Statements of one connection may queue behind each other in the driver.
      if (this.running.get(connection) === run) this.running.delete(connection);
      this.ended(run, values, outcome);
    };
  }

  /** The statement under way on the connection whose backend is `pid`, with a way to note that it waits. */
  runningOn(pid: number): TextEntry | undefined {
    for (const [connection, { entry }] of this.running) {
      if ((connection as { processID?: unknown }).processID === pid) return entry;
    }
    return undefined;
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
    else if (entry.sample === undefined && error === undefined) keepSample(entry, values);
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
    if (run.entry !== undefined && run.error === undefined) keepSample(run.entry, run.values);
    this.parts.slowLog.record({ ...run, sqlState: sqlStateOf(run.error) });
  }
}

/** Kept in memory for EXPLAIN and never shown. */
function keepSample(entry: TextEntry, values: readonly unknown[]): void {
  if (sizeOf(values, MOST_SAMPLE_CHARACTERS) <= MOST_SAMPLE_CHARACTERS) entry.sample = [...values];
}

/** Characters of texts and lists, and 8 for everything else; stops counting beyond `most`. */
function sizeOf(values: readonly unknown[], most: number): number {
  let size = 0;
  for (const value of values) {
    if (size > most) break;
    if (Array.isArray(value)) size += 8 + sizeOf(value, most - size);
    else size += typeof value === 'string' || Buffer.isBuffer(value) ? value.length : 8;
  }
  return size;
}
