import type { Clock } from '../../kernel/clock.js';
import { withoutLiterals } from '../../kernel/sql-literals.js';
import type { Logger } from '../../platform/logging/index.js';
import { currentWork } from '../../platform/runtime/index.js';
import { redactParameters, type RedactedParameter } from './redaction.js';
import type { TextEntry } from './text-table.js';

const MOST_SAMPLES = 200;
const LINES_PER_MINUTE = 10;
const MINUTE_MS = 60_000;
const LONGEST_LOGGED_TEXT = 500;

/** One slow run of a statement. */
export interface SlowSample {
  readonly at: Date;
  readonly durationMs: number;
  /** Without literals. */
  readonly text: string;
  readonly parameters: readonly RedactedParameter[];
  readonly rows: number;
  /** What it failed with; null when it did not. */
  readonly sqlState: string | null;
  /** Of the request that asked; null outside of one. */
  readonly requestId: string | null;
  /** Its pattern, as it is declared. */
  readonly route: string | null;
  /** Of the background job that asked; null outside of one. */
  readonly job: string | null;
  /** Null until somebody asks. */
  readonly fingerprint: string | null;
}

interface Kept extends Omit<SlowSample, 'text' | 'fingerprint'> {
  readonly entry: TextEntry | undefined;
}

/** A slow run as it ended. */
export interface SlowRun {
  /** Undefined when the table of texts is full. */
  readonly entry: TextEntry | undefined;
  readonly durationMs: number;
  readonly values: readonly unknown[];
  readonly rows: number;
  /** Undefined when it did not fail, or the server did not say with what. */
  readonly sqlState: string | undefined;
}

/** The last slow statements of this process, without their values, and some lines in the log. */
export class SlowLog {
  private samples: Kept[] = [];
  private next = 0;
  private minuteEndsAtMs = 0;
  private lines = 0;
  private unlogged = 0;

  constructor(
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  record({ entry, durationMs, values, rows, sqlState }: SlowRun): void {
    const work = currentWork();
    const kept: Kept = {
      at: this.clock.now(),
      durationMs,
      entry,
      parameters: redactParameters(values),
      rows,
      sqlState: sqlState ?? null,
      requestId: work?.requestId ?? null,
      route: work?.route?.() ?? null,
      job: work?.job ?? null,
    };
    this.samples[this.next] = kept;
    this.next = (this.next + 1) % MOST_SAMPLES;
    this.log(kept);
  }

  /** Runs of `thresholdMs` or longer, slowest first. */
  slowest(thresholdMs: number, limit: number): SlowSample[] {
    return this.samples
      .filter(({ durationMs }) => durationMs >= thresholdMs)
      .sort((a, b) => b.durationMs - a.durationMs)
      .slice(0, limit)
      .map(({ entry, ...rest }) => ({
        ...rest,
        text: withoutLiterals(entry?.text ?? ''),
        fingerprint: entry?.fingerprint?.id ?? null,
      }));
  }

  clear(): void {
    this.samples = [];
    this.next = 0;
  }

  /** At most ten lines a minute: a database that is slow as a whole must not fill the log as well. */
  private log({ entry, durationMs, rows, sqlState, route, job }: Kept): void {
    const now = this.clock.monotonic();
    if (now >= this.minuteEndsAtMs) {
      this.minuteEndsAtMs = now + MINUTE_MS;
      this.lines = 0;
    }
    this.lines += 1;
    if (this.lines > LINES_PER_MINUTE) {
      this.unlogged += 1;
      return;
    }
    const text = withoutLiterals(entry?.text ?? '').slice(0, LONGEST_LOGGED_TEXT);
    const leftOut = this.unlogged > 0 && { unloggedBefore: this.unlogged };
    this.unlogged = 0;
    this.logger.warn('Slow statement', {
      durationMs: Math.round(durationMs),
      text,
      rows,
      sqlState,
      ...(route !== null && { route }),
      ...(job !== null && { job }),
      ...leftOut,
    });
  }
}
